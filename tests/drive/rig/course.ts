import { setTimeout as sleep } from "node:timers/promises";
import { routes } from "@helmcast/config";
import { waitFor } from "../../contract/rig/wait.ts";
import { machineMs, readCarLog, readStopTimes, type StopTimes } from "./car-log.ts";
import { type CutProxy, type Delay, openCutProxy } from "./cut-proxy.ts";
import { Driver } from "./driver.ts";
import { type BrokerKind, enrolDevice, type RelayProcess, startRelayProcess } from "./relay-process.ts";
import { openTokenDoor } from "./token-door.ts";
import { device, startVehicle, type Vehicle } from "./vehicle.ts";

/** A relay, a vehicle, a driver behind a proxy, and two more people who may drive, one of them an admin, as the driver is. */
export type Course = {
  readonly relay: RelayProcess;
  readonly vehicle: Vehicle;
  /** Between the driver's WebSocket and the gateway. */
  readonly proxy: CutProxy;
  /** Between the vehicle and the broker. */
  readonly uplink: CutProxy;
  readonly driver: Driver;
  readonly rival: Driver;
  readonly admin: Driver;
  /** The token of the driver, to be replaced by one that ends soon. */
  setToken(token: string | null): void;
  token(): string;
  stop(): Promise<void>;
};

const password = "a long enough password";

/** Starts everything; the vehicle waits for its first driver. @param weather delays between the broker and the vehicle */
export async function openCourse(broker: BrokerKind = "embedded", weather?: Delay): Promise<Course> {
  const relay = await startRelayProcess(broker);
  const ends: Array<() => Promise<void> | void> = [() => relay.stop()];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) {
      await end();
    }
  };
  try {
    const secret = await enrolDevice(relay, device);
    const uplink = await openCutProxy(() => relay.ports.mqtt, weather);
    ends.push(() => uplink.close());
    const door = await openTokenDoor(relay.url, uplink.port);
    ends.push(() => door.close());
    const vehicle = startVehicle(door.url, secret);
    ends.push(() => vehicle.stop());
    const proxy = await openCutProxy(() => relay.ports.gateway);
    ends.push(() => proxy.close());
    const people = { driver: "admin", rival: "drive", chief: "admin" } as const;
    for (const [name, role] of Object.entries(people)) {
      await relay.owner(routes.accounts, { name, password, grants: [{ device, role }] });
    }
    const signIn = async (name: keyof typeof people): Promise<string> => await relay.signIn(name, password);
    const tokens = { driver: await signIn("driver"), rival: await signIn("rival"), chief: await signIn("chief") };
    let borrowed: string | null = null;
    const url = relay.url;
    const driver = new Driver({ url, webSocketPort: proxy.port, user: "driver", token: () => borrowed ?? tokens.driver });
    const others = { url, webSocketPort: relay.ports.gateway };
    const rival = new Driver({ ...others, user: "rival", token: () => tokens.rival });
    const admin = new Driver({ ...others, user: "chief", token: () => tokens.chief });
    ends.push(() => [driver, rival, admin].forEach((one) => void one.end()));
    await Promise.all([rival.connect(), admin.connect()]);
    const setToken = (token: string | null): void => {
      borrowed = token;
    };
    return { relay, vehicle, proxy, uplink, driver, rival, admin, setToken, token: () => tokens.driver, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A way to go wrong. */
export type Fault = {
  readonly name: string;
  /** What the time is counted from, where that is not the moment of the injection. */
  readonly from?: string;
  /** How long it is watched that the car stays where it stopped, ms after the fault; by now it would have started again by itself. */
  readonly watchMs?: number;
  readonly broker?: BrokerKind;
  /** What has to be so before the drive begins. */
  prepare?(course: Course): Promise<void> | void;
  /** Does it, and gives the moment from which the time counts on the machine's clock, ms; it can lie before the call. */
  inject(course: Course): Promise<number> | number;
  /** Undoes it as far as it does not mend itself. */
  mend?(course: Course): Promise<void> | void;
};

/** Silence of 500 ms must end in neutral; a little more, to see that it lasts. */
const usualWatchMs = 750;
/** How long it is watched after the fault is over that nothing of what had waited moves the car, ms: the driver's hand is off by then. */
const afterwardsMs = 250;

/** The driver drives, the fault happens, and the car's own log tells how long the car went on. */
export async function timeFault(course: Course, fault: Fault, random: () => number = Math.random): Promise<StopTimes> {
  const { driver, vehicle } = course;
  let faultMs: number;
  try {
    await fault.prepare?.(course);
    await driver.engage();
    // Anywhere in the interval of the commands, of the agent's turns and of the motors' heartbeats.
    await sleep(100 + random() * 100);
    faultMs = await fault.inject(course);
    await sleep(Math.max(0, faultMs + (fault.watchMs ?? usualWatchMs) - machineMs()));
  } finally {
    Object.assign(driver, { throttle: 0, steer: 0 });
    await fault.mend?.(course);
  }
  await sleep(afterwardsMs);
  return readStopTimes(readCarLog(vehicle.logFile), faultMs);
}

/** Waits until the agent holds its motors and has a warm second process for them: the state in which a drive begins. */
export async function untilReady({ driver }: Course): Promise<void> {
  await waitFor("the first drive", () => driver.engage(0.1).then(() => true), 30_000);
  driver.throttle = 0;
  await sleep(500);
}
