import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../contract/rig/wait.ts";
import { shortenToken } from "../../rig/forge-token.ts";
import { type CarEntry, machineMs, readCarLog } from "./car-log.ts";
import type { Course, Fault } from "./course.ts";

/** The bounds of the product, ms after a fault. */
export const bounds = { softMs: 300, hardMs: 550 } as const;

/** How long the agent is held up. */
const blockMs = 2000;

/** Telemetry comes every 50 ms: by then somebody has heard of everything that was obeyed, ms. */
const hearMs = 120;

/** Steering that only the second driver uses, so that a line of the log tells whose it is. */
const rivalSteer = -0.77;

/** How long a token lives that ends in a drive, s: the drive has to have begun by then, also on a busy machine. */
const tokenS = 4;

/** When the token of the running test ends, on the machine's clock. */
let endsAtMs = 0;

/** Signals a process and gives the moment before it. */
function signal(pid: number, name: NodeJS.Signals): number {
  if (pid <= 1) {
    throw new Error(`no process to send ${name} to`);
  }
  const atMs = machineMs();
  process.kill(pid, name);
  return atMs;
}

function wake(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // Killed meanwhile by the one whose work it is.
    }
  }
}

/** The gateway comes back without its leases; the vehicle keeps the old one until its time is up, but a new driver takes a new one. */
async function startAnew({ relay, driver }: Course): Promise<void> {
  await relay.kill();
  driver.forget();
  await relay.start();
}

/** One fault at a time: the process that took over in the run before has a successor again. */
async function untilStandby({ vehicle }: Course): Promise<void> {
  await waitFor("a second motor process", () => vehicle.hasStandby(), 10_000);
}

function stopAndWake(name: string, find: (course: Course) => readonly number[], more: Partial<Fault> = {}): Fault {
  let stopped: readonly number[] = [];
  return {
    name,
    ...more,
    inject(course) {
      stopped = find(course);
      const atMs = machineMs();
      for (const pid of stopped) {
        signal(pid, "SIGSTOP");
      }
      if (stopped.length === 0) {
        throw new Error("no process to stop");
      }
      return atMs;
    },
    mend: () => wake(stopped),
  };
}

/** Every fault by which a vehicle could go on without its driver, by the broker that it is about. */
export const faults: readonly Fault[] = [
  {
    name: "viewer killed",
    inject({ driver, proxy }) {
      driver.awake = false;
      const atMs = machineMs();
      proxy.cut();
      return atMs;
    },
  },
  {
    name: "tab frozen",
    inject({ driver }) {
      driver.awake = false;
      return machineMs();
    },
  },
  {
    name: "WebSocket half-open",
    from: "the last command that the vehicle obeyed; the lease goes on being renewed",
    prepare: async ({ admin }) => await (admin.connected ? undefined : admin.connect()),
    async inject({ admin, driver, proxy }) {
      proxy.swallow();
      // Somebody else still hears the vehicle; the newest that was sent may have been swallowed.
      await sleep(hearMs);
      const obeyed = driver.sent.findLast(({ lease, seq }) => lease === driver.lease && seq === admin.telemetry?.lastSeq);
      if (obeyed === undefined) {
        throw new Error("nobody knows which command was the last to be obeyed");
      }
      return obeyed.atMs;
    },
    mend: ({ proxy }) => proxy.hear(),
  },
  {
    name: "vehicle's link half-open",
    inject({ uplink }) {
      const atMs = machineMs();
      uplink.swallow();
      return atMs;
    },
    mend({ uplink, driver }) {
      uplink.hear();
      // By then the lease may be about to end on the vehicle, which has heard of no renewal for so long.
      driver.forget();
    },
  },
  stopAndWake("broker SIGSTOP, embedded", ({ relay }) => [relay.pid()]),
  {
    name: "gateway and broker killed",
    inject: ({ relay }) => signal(relay.pid(), "SIGKILL"),
    mend: startAnew,
  },
  {
    name: "agent blocked 2 s",
    watchMs: blockMs + 300,
    inject: ({ vehicle }) => signal(vehicle.pid(), "SIGUSR2"),
  },
  {
    name: "agent SIGSTOP 2 s",
    watchMs: blockMs + 300,
    inject({ vehicle }) {
      const pid = vehicle.pid();
      setTimeout(() => wake([pid]), blockMs);
      return signal(pid, "SIGSTOP");
    },
    mend: ({ vehicle }) => wake([vehicle.pid()]),
  },
  {
    name: "agent SIGKILL",
    inject: ({ vehicle }) => signal(vehicle.pid(), "SIGKILL"),
    async mend({ vehicle }) {
      await vehicle.kill();
      vehicle.start();
    },
  },
  stopAndWake("motor process SIGSTOP", ({ vehicle }) => [vehicle.motorPid()], { prepare: untilStandby }),
  { name: "motor process SIGKILL", prepare: untilStandby, inject: ({ vehicle }) => signal(vehicle.motorPid(), "SIGKILL") },
  {
    name: "driver's token ends",
    from: "the second in which it ends",
    async prepare(course) {
      // All else that a drive waits for has to be there, or the token ends before it begins.
      await untilStandby(course);
      const { token, expS } = shortenToken(course.relay.dataDir, course.token(), tokenS);
      course.setToken(token);
      course.driver.forget();
      endsAtMs = machineMs() + (expS * 1000 - Date.now());
    },
    async inject() {
      await sleep(endsAtMs - machineMs());
      return endsAtMs;
    },
    mend(course) {
      course.setToken(null);
      course.driver.forget();
    },
  },
  {
    name: "an admin takes over",
    from: "the request",
    async inject({ admin, driver }) {
      const atMs = machineMs();
      await admin.take("seize");
      // The first driver's program goes on as if it had heard of nothing.
      driver.throttle = 0.5;
      return atMs;
    },
    async mend({ admin, driver }) {
      await admin.release();
      driver.lease = null;
    },
  },
  stopAndWake("video stopped", ({ vehicle }) => vehicle.videoPids()),
];

/** Faults of a broker in a process of its own. */
export const outsideBrokerFaults: readonly Fault[] = [
  stopAndWake("broker SIGSTOP, mosquitto", ({ relay }) => [relay.brokerPid()]),
  { name: "broker killed, mosquitto", inject: ({ relay }) => signal(relay.brokerPid(), "SIGKILL") },
  {
    name: "gateway killed, mosquitto",
    inject: ({ relay }) => signal(relay.pid(), "SIGKILL"),
    mend: startAnew,
  },
];

/** What came of a second driver's attempts: the lines of the log that do what it said, whether it was let take the lease, whether the first drives on. */
export type Intrusion = { readonly moved: readonly CarEntry[]; readonly taken: boolean; readonly kept: boolean };

/** A second driver tries what it can without the lease, even with the number of the first one's. */
export async function intrude({ driver, rival, vehicle }: Course): Promise<Intrusion> {
  await driver.engage();
  const number = driver.lease;
  const beganMs = machineMs();
  const taken = await rival.take().then(
    () => true,
    () => false,
  );
  for (let round = 0; round < 10; round++) {
    await (rival.connected ? undefined : rival.connect().catch(() => undefined));
    const { lease, telemetry } = driver;
    const shape = { v: 1, echo: telemetry?.stampMs ?? 0, frameAgeMs: 50, throttle: 0.4, steer: rivalSteer };
    rival.forge({ ...shape, lease, seq: 1_000_000 + round });
    rival.forge({ throttle: 0.4, steer: rivalSteer });
    await sleep(50);
  }
  const log = readCarLog(vehicle.logFile);
  const kept = log.at(-1)?.throttle === 0.5;
  driver.throttle = 0;
  if (driver.lease !== number) {
    throw new Error("the first driver's lease ended meanwhile, so that this proves nothing");
  }
  return { moved: log.filter((entry) => entry.steer === rivalSteer && entry.atMs >= beganMs), taken, kept };
}
