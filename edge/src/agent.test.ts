import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type StopAck, stopAckSchema, type Telemetry, telemetrySchema } from "@helmcast/config";
import { afterEach, describe, expect, it } from "vitest";
import { machineMs } from "./motors/machine-clock.ts";
import type { CarLogEntry } from "./motors/simulated.ts";
import { type FakeGateway, startFakeGateway } from "./test-rig/fake-gateway.ts";
import { findFfmpeg, findOpenFiles, findProcesses } from "./test-rig/processes.ts";
import { startRtspStub } from "./test-rig/rtsp-stub.ts";
import { type RunningAgent, runAgent } from "./test-rig/run-agent.ts";
import { waitUntil } from "./test-rig/wait-until.ts";

/** An agent as a process, its broker, its car, and a driver who sends 20 times a second what the hand does. */
class Stage {
  readonly told: Telemetry[] = [];
  readonly acks: StopAck[] = [];
  hand: number | null = null;
  lease: number | null = null;
  readonly #driving: ReturnType<typeof setInterval>;
  #seq = 0;

  readonly gateway: FakeGateway;
  readonly agent: RunningAgent;

  constructor(gateway: FakeGateway, agent: RunningAgent) {
    this.gateway = gateway;
    this.agent = agent;
    gateway.broker.on("publish", (packet) => {
      if (packet.topic === "demo/picarx/telemetry") {
        expect(packet.retain).toBe(false);
        this.told.push(telemetrySchema.parse(JSON.parse(packet.payload.toString())));
      } else if (packet.topic === "demo/picarx/ack") {
        this.acks.push(stopAckSchema.parse(JSON.parse(packet.payload.toString())));
      }
    });
    this.#driving = setInterval(() => this.hand !== null && this.send(this.hand), 50);
    closers.push(async () => clearInterval(this.#driving));
  }

  send(throttle: number, more: object = {}): void {
    this.#seq += 1;
    const envelope = { v: 1, lease: this.lease, seq: this.#seq, echo: this.told.at(-1)?.stampMs ?? 0, frameAgeMs: 80 };
    this.say("cmd", { ...(this.lease === null ? {} : envelope), throttle, steer: 0, ...more });
  }

  say(channel: string, payload: object): void {
    const packet = { cmd: "publish", topic: `demo/picarx/${channel}`, payload: JSON.stringify(payload), dup: false } as const;
    this.gateway.broker.publish({ ...packet, qos: channel === "estop" ? 1 : 0, retain: false }, () => undefined);
  }

  grant(lease: number): void {
    this.lease = lease;
    this.say("lease", { v: 1, kind: "lease", lease, holder: "ada", ttlMs: 30_000 });
  }

  car(): CarLogEntry[] {
    const path = join(this.agent.folder, "car.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    return lines.map((line): CarLogEntry => JSON.parse(line));
  }

  /** The process that holds the motors, which has the car's log open, and the one that waits. */
  motorPids(): { readonly holder: number; readonly waiting: number } {
    const log = join(this.agent.folder, "car.jsonl");
    const pids = findProcesses("motor-child", this.agent.folder).filter((pid) => !isShell(pid));
    const holder = pids.find((pid) => findOpenFiles(pid).includes(log));
    const waiting = pids.find((pid) => pid !== holder);
    return { holder: holder ?? Number.NaN, waiting: waiting ?? Number.NaN };
  }

  throttle(): number {
    return this.car().at(-1)?.throttle ?? Number.NaN;
  }

  /** Neutral, then 0.3, until the car does it. */
  async startMoving(): Promise<void> {
    await waitUntil("the car moves", async () => {
      this.hand = 0;
      await new Promise((done) => setTimeout(done, 120));
      await waitUntil("the agent is armed", () => this.told.at(-1)?.phase === "armed");
      this.hand = 0.3;
      await new Promise((done) => setTimeout(done, 250));
      return this.throttle() === 0.3;
    });
  }

  /** When the car came to stand for good, ms after `fromMs` of the machine's clock. */
  async stoodAfter(fromMs: number): Promise<number> {
    await waitUntil("the car stands", () => this.throttle() === 0, 4000);
    const entries = this.car();
    const lastMove = entries.findLastIndex((entry) => entry.throttle !== 0);
    return (entries[lastMove + 1]?.atMs ?? Number.NaN) - fromMs;
  }
}

/** A shell stands around each motor process and has the same words in its command line. */
function isShell(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("sh");
  } catch {
    return true;
  }
}

const closers: Array<() => Promise<void>> = [];

async function start(options: { lease?: boolean; yaml?: string; prepare?: (gateway: FakeGateway) => void } = {}): Promise<Stage> {
  const gateway = await startFakeGateway("right");
  closers.push(() => gateway.close());
  // Nothing listens there; a token names a port all the same.
  gateway.rtspPort = 9;
  options.prepare?.(gateway);
  const fail = fileURLToPath(new URL("./test-rig/fail-on-signal.ts", import.meta.url));
  const agent = runAgent({
    nodeArgs: ["--import", fail],
    yaml: `relay: { url: "${gateway.url}", secretFile: device.secret }\n${options.yaml ?? "cameras: []"}\ndrive: { type: simulated, logFile: car.jsonl }\n`,
  });
  closers.push(() => agent.close());
  const stage = new Stage(gateway, agent);
  await waitUntil("the device speaks", () => stage.told.length > 1);
  if (options.lease === true) {
    stage.grant(1_048_577);
  }
  return stage;
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe("a driver with a lease", () => {
  it("drives, sees the state 20 times a second, and stands at once when another takes over", async () => {
    const stage = await start({ lease: true });
    await stage.startMoving();
    const count = stage.told.length;
    await new Promise((done) => setTimeout(done, 1000));
    expect(stage.told.length - count).toBeGreaterThan(14);
    expect(stage.told.length - count).toBeLessThan(26);
    expect(stage.told.at(-1)).toMatchObject({ phase: "armed", driver: "ada", throttle: 0.3, refused: null, drive: { kind: "simulated" } });
    const fromMs = machineMs();
    stage.say("lease", { v: 1, kind: "lease", lease: 2_097_153, holder: "eve", ttlMs: 30_000 });
    expect(await stage.stoodAfter(fromMs)).toBeLessThan(100);
    stage.hand = 0;
    await waitUntil("the old driver is refused", () => stage.told.at(-1)?.refused === "old-lease");
    stage.hand = 0.5;
    await new Promise((done) => setTimeout(done, 200));
    expect(stage.throttle()).toBe(0);
    expect(stage.told.at(-1)).toMatchObject({ driver: "eve", cause: "lease-lost" });
  }, 20_000);

  it("is stopped by anybody, hears it confirmed each time, and clears it", async () => {
    const stage = await start({ lease: true });
    await stage.startMoving();
    const fromMs = machineMs();
    stage.say("estop", { v: 1, id: "s1" });
    expect(await stage.stoodAfter(fromMs)).toBeLessThan(100);
    stage.say("estop", { v: 1, id: "s1" });
    await waitUntil("both are confirmed", () => stage.acks.length === 2);
    expect(stage.acks.map(({ id }) => id)).toEqual(["s1", "s1"]);
    stage.hand = 0;
    await new Promise((done) => setTimeout(done, 200));
    expect(stage.told.at(-1)).toMatchObject({ phase: "latched", cause: "stop-pressed", refused: "stop-latched" });
    stage.send(0, { clearStop: true });
    await stage.startMoving();
  }, 20_000);
});

describe("the event loop of the agent blocks for 2 s", () => {
  it.each([
    ["under a lease", true],
    ["without one", false],
  ])(
    "%s the car stands in time, and nothing of what waited moves it",
    async (_what, lease) => {
      const stage = await start({ lease });
      await stage.startMoving();
      const fromMs = machineMs();
      stage.agent.process.kill("SIGUSR2");
      await new Promise((done) => setTimeout(done, 700));
      expect(await stage.stoodAfter(fromMs)).toBeLessThan(550);
      for (const hand of [0, 0.5, 0, 0.4]) {
        stage.hand = hand;
        await new Promise((done) => setTimeout(done, 200));
      }
      const before = stage.told.length;
      await waitUntil("the agent is awake", () => stage.told.length > before + 1, 4000);
      await new Promise((done) => setTimeout(done, 400));
      expect(machineMs() - fromMs).toBeGreaterThan(2000);
      expect(stage.car().filter((entry) => entry.throttle !== 0 && entry.atMs > fromMs + 550)).toEqual([]);
      expect(stage.told.at(-1)).toMatchObject({ phase: "disarmed", cause: "silence" });
      await stage.startMoving();
    },
    25_000,
  );
});

describe("whatever else goes wrong", () => {
  it.each<[string, number, (stage: Stage) => void]>([
    ["the agent is told to end", 100, (stage) => void stage.agent.process.kill("SIGTERM")],
    ["the agent throws where nobody catches", 100, (stage) => void stage.agent.process.kill("SIGWINCH")],
  ])(
    "stands when %s",
    async (_what, limitMs, happens) => {
      const stage = await start({ lease: true });
      await stage.startMoving();
      const fromMs = machineMs();
      happens(stage);
      expect(await stage.stoodAfter(fromMs)).toBeLessThan(limitMs);
      expect(await stage.agent.exited).not.toBeNull();
    },
    20_000,
  );

  it("stands when the device's token expires and the relay gives no other", async () => {
    const stage = await start({ lease: true, prepare: (gateway) => Object.assign(gateway, { lifetimeMs: 4500 }) });
    const startedMs = stage.told[0]?.stampMs ?? Number.NaN;
    stage.gateway.tokenStatus = 503;
    await stage.startMoving();
    await waitUntil("the token has expired", () => stage.told.at(-1)?.cause === "token-expired");
    // The relay's answer tells its time in whole seconds.
    expect(await stage.stoodAfter(startedMs)).toBeLessThan(4500 + 1000 + 100);
    stage.hand = 0;
    await waitUntil("neutral does not arm it", () => stage.told.at(-1)?.refused === "token-expired");
  }, 20_000);

  it("stands when no picture leaves any more, and drives again with the picture", async () => {
    const rtsp = await startRtspStub("picarx:first-token");
    closers.push(() => rtsp.close());
    const stage = await start({
      lease: true,
      prepare: (gateway) => Object.assign(gateway, { rtspPort: rtsp.port }),
      yaml: "cameras: [{ id: front, bitrateKbps: 300, source: { type: test, width: 674, height: 360 } }]",
    });
    await stage.startMoving();
    const fromMs = machineMs();
    for (const pid of findFfmpeg("674x360")) {
      process.kill(pid, "SIGSTOP");
    }
    expect(await stage.stoodAfter(fromMs)).toBeLessThan(350);
    await waitUntil("the reason is told", () => stage.told.at(-1)?.cause === "video-stale");
    stage.hand = 0;
    await stage.startMoving();
  }, 30_000);
});

describe("the first seed's command line", () => {
  const isThere = spawnSync("mosquitto_pub", ["--help"]).error === undefined;

  it.skipIf(!isThere)(
    "moves a fresh device by one mosquitto_pub, for as long as a command lasts, and after that stop by a neutral one first",
    async () => {
      const ahead = '{"throttle":0.3,"steer":0}';
      const kept = { cmd: "publish", topic: "demo/picarx/cmd", payload: ahead, qos: 0, dup: false, retain: true } as const;
      const stage = await start({ prepare: ({ broker }) => broker.publish(kept, () => undefined) });
      const publish = (text: string) => {
        const access = ["-h", "127.0.0.1", "-p", String(stage.gateway.mqttPort), "-u", "picarx", "-P", stage.gateway.token];
        return promisify(execFile)("mosquitto_pub", [...access, "-t", "demo/picarx/cmd", "-m", text]);
      };
      const drivesOnce = async (): Promise<void> => {
        const before = stage.car().length;
        await publish(ahead);
        await waitUntil("the car drove and stands", () => {
          const since = stage.car().slice(before);
          return since.at(-1)?.throttle === 0 && since.some((entry) => entry.throttle === 0.3);
        });
        const moves = stage.car().slice(before);
        const first = moves.find((entry) => entry.throttle !== 0);
        const movedMs = (moves.at(-1)?.atMs ?? Number.NaN) - (first?.atMs ?? Number.NaN);
        expect(movedMs).toBeGreaterThan(200);
        expect(movedMs).toBeLessThan(300);
      };
      await waitUntil("the one that a broker kept is refused", () => stage.told.at(-1)?.refused === "retained");
      await waitUntil("the vehicle waits for its first command", () => stage.told.at(-1)?.cause === "start");
      await new Promise((done) => setTimeout(done, 2500));
      await drivesOnce();

      await new Promise((done) => setTimeout(done, 2500));
      await publish(ahead);
      await waitUntil("it is told why nothing moves", () => stage.told.at(-1)?.refused === "neutral-first");
      await publish('{"throttle":0,"steer":0}');
      await waitUntil("the car is armed", () => stage.told.at(-1)?.phase === "armed");
      await new Promise((done) => setTimeout(done, 1200));
      await drivesOnce();
    },
    25_000,
  );

  it("does not start a device anew under a stick that is held", async () => {
    const stage = await start();
    stage.hand = 0.3;
    await new Promise((done) => setTimeout(done, 3000));
    expect(stage.told.at(-1)).toMatchObject({ phase: "disarmed", refused: "neutral-first" });
    expect(stage.car().every((entry) => entry.throttle === 0)).toBe(true);
  }, 20_000);
});

describe("the motor processes fail one after the other", () => {
  it("moves only while a second one is warm, whatever the hand does meanwhile", async () => {
    const stage = await start({ lease: true });
    await stage.startMoving();
    for (let round = 0; round < 3; round++) {
      const fromMs = machineMs();
      process.kill(stage.motorPids().holder, "SIGKILL");
      expect(await stage.stoodAfter(fromMs)).toBeLessThan(300);
      stage.hand = 0;
      await waitUntil("it is told that the motors wait", () => stage.told.at(-1)?.refused === "motors-lost");
      const { holder } = stage.motorPids();
      stage.hand = 0.3;
      await new Promise((done) => setTimeout(done, 100));
      process.kill(holder, "SIGKILL");
      await new Promise((done) => setTimeout(done, 400));
      expect(stage.car().filter((entry) => entry.throttle !== 0 && entry.atMs > fromMs + 300)).toEqual([]);
      await stage.startMoving();
    }
  }, 40_000);

  it("stands when the one that waits is gone or silent, and drives again with the next", async () => {
    const stage = await start({ lease: true });
    await stage.startMoving();
    for (const [signal, limitMs] of [
      ["SIGKILL", 150],
      ["SIGSTOP", 700],
    ] as const) {
      const fromMs = machineMs();
      process.kill(stage.motorPids().waiting, signal);
      expect(await stage.stoodAfter(fromMs)).toBeLessThan(limitMs);
      await waitUntil("the reason is told", () => stage.told.at(-1)?.cause === "motors-lost");
      await stage.startMoving();
    }
  }, 30_000);
});
