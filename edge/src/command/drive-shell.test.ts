import { stopAckSchema, type Telemetry, telemetrySchema } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { beforeEach, describe, expect, it } from "vitest";
import { Drive } from "./drive.ts";
import type { DriveEvent, MotorOutput } from "./drive-machine.ts";

let clock: FakeClock;
let drive: Drive;
let applied: MotorOutput[];
let told: Telemetry[];
let acks: unknown[];
let lose: () => void;
let blocks: Array<"token-expired" | "video-stale">;
let linkTakes: boolean;
let recorded: DriveEvent[];
let blackBoxes: string[];

beforeEach(async () => {
  clock = new FakeClock();
  [applied, told, acks, blocks, recorded, blackBoxes] = [[], [], [], [], [], []];
  linkTakes = true;
  drive = new Drive({
    settings: { type: "simulated", acceptBare: true, maxThrottle: 1, videoWatch: true },
    clock,
    log: silentLog(),
    readBlocks: () => blocks,
    record: (event) => recorded.push(event),
    createMotors: (onLost) => {
      lose = onLost;
      return { start: async () => undefined, stop: async () => undefined, apply: (output) => applied.push(output) };
    },
    say: (channel, text) => {
      const list: unknown[] = channel === "ack" ? acks : told;
      return (
        linkTakes && list.push(channel === "ack" ? stopAckSchema.parse(JSON.parse(text)) : telemetrySchema.parse(JSON.parse(text))) > 0
      );
    },
    onBlackBox: (request) => blackBoxes.push(request.path),
  });
  await drive.start();
  drive.takeLink(true);
  await clock.advance(1000);
});

function send(channel: "cmd" | "camera" | "estop" | "lease", json: unknown): void {
  drive.takeMessage({ channel, retained: false, payload: Buffer.from(JSON.stringify(json)) });
}

let seq = 0;
function command(throttle: number, more: object = {}): void {
  seq += 1;
  send("cmd", { v: 1, lease: 5, seq, echo: told.at(-1)?.stampMs, frameAgeMs: 60, throttle, steer: 0.5, ...more });
}

async function startMoving(): Promise<void> {
  send("lease", { v: 1, kind: "lease", lease: 5, holder: "ada", ttlMs: 3000 });
  command(0);
  await clock.advance(50);
  command(0.2);
  await clock.advance(60);
  expect(applied.at(-1)).toMatchObject({ throttle: 0.2, steer: 0.5 });
}

describe("Drive's timers", () => {
  it("stop by themselves: throttle after 250 ms, steering after 500 ms", async () => {
    await startMoving();
    command(0.2);
    await clock.advance(249);
    expect(applied.at(-1)).toMatchObject({ throttle: 0.2 });
    await clock.advance(1);
    expect(applied.at(-1)).toMatchObject({ throttle: 0, steer: 0.5 });
    await clock.advance(250);
    expect(applied.at(-1)).toMatchObject({ throttle: 0, steer: 0 });
  });

  it("end a lease by its time to live", async () => {
    await startMoving();
    send("lease", { v: 1, kind: "lease", lease: 5, holder: "ada", ttlMs: 100 });
    await clock.advance(100);
    expect(applied.at(-1)?.throttle).toBe(0);
    await clock.advance(10);
    expect(told.at(-1)).toMatchObject({ phase: "disarmed", cause: "lease-lost", throttle: 0, driver: null });
  });

  it("turn the camera, at its own pace", async () => {
    send("camera", { pan: 30, tilt: -90 });
    await clock.advance(300);
    expect(applied.at(-1)).toMatchObject({ throttle: 0, pan: 30, tilt: -35 });
  });
});

describe("what goes to the motors", () => {
  it("every obeyed command, because the motors' own timer waits for it, and a line without throttle before every start", async () => {
    send("cmd", { throttle: 0, steer: 0 });
    send("cmd", { throttle: 0, steer: 0 });
    expect(applied).toHaveLength(2);
    await clock.advance(4000);
    send("cmd", { throttle: 0.05, steer: 0 });
    expect(applied.slice(2).map(({ throttle }) => throttle)).toEqual([0, 0.05]);
  });

  it("nothing after the end, which is neutral", async () => {
    await startMoving();
    const timers = clock.pending;
    drive.neutralise();
    expect(applied.at(-1)?.throttle).toBe(0);
    const count = applied.length;
    command(0);
    send("estop", {});
    await clock.advance(1000);
    drive.neutralise();
    expect(applied).toHaveLength(count);
    expect(timers).toBeGreaterThan(0);
    expect(clock.pending).toBe(0);
  });
});

describe("before the link is up for the first time", () => {
  it("nothing is obeyed, and the vehicle is as fresh as before when it is", async () => {
    drive.takeLink(false);
    send("cmd", { throttle: 0, steer: 0 });
    expect(applied).toEqual([]);
    drive.takeLink(true);
    await clock.advance(1999);
    send("camera", { pan: 0, tilt: 0 });
    await clock.advance(1);
    send("cmd", { throttle: 0.1, steer: 0 });
    expect(applied.at(-1)).toMatchObject({ throttle: 0.1 });
  });
});

describe("neutral at once", () => {
  it.each<[string, string, () => void, number]>([
    ["the link is down", "link-down", () => drive.takeLink(false), 0],
    ["the motors are lost", "motors-lost", () => lose(), 0],
    ["the device's token has expired", "token-expired", () => blocks.push("token-expired"), 10],
    ["no picture leaves", "video-stale", () => blocks.push("video-stale"), 10],
    ["the lease is taken back", "lease-lost", () => send("lease", { v: 1, kind: "lease", lease: null, holder: null, ttlMs: 0 }), 0],
  ])("when %s", async (_what, cause, happens, withinMs) => {
    await startMoving();
    happens();
    await clock.advance(withinMs);
    expect(applied.at(-1)).toMatchObject({ throttle: 0, steer: 0 });
    await clock.advance(50);
    expect(told.at(-1)).toMatchObject({ phase: "disarmed", cause, throttle: 0 });
  });

  it("and nothing arms it while the fault lasts", async () => {
    await startMoving();
    blocks.push("video-stale");
    await clock.advance(50);
    command(0);
    command(0.2);
    await clock.advance(50);
    expect(told.at(-1)).toMatchObject({ phase: "disarmed", throttle: 0, refused: "video-stale" });
    blocks.pop();
    command(0);
    await clock.advance(20);
    expect(told.at(-1)).toMatchObject({ phase: "armed", cause: null, refused: null });
  });
});

describe("what is said", () => {
  it("once a second at rest, 20 times under a lease, and at once when something changes", async () => {
    told.length = 0;
    await clock.advance(3000);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.length).toBeLessThanOrEqual(4);
    send("lease", { v: 1, kind: "lease", lease: 5, holder: "ada", ttlMs: 60_000 });
    await clock.advance(10);
    expect(told.at(-1)).toMatchObject({ driver: "ada", phase: "disarmed", lastSeq: -1 });
    told.length = 0;
    await clock.advance(1000);
    expect(told.length).toBeGreaterThanOrEqual(19);
    expect(told.length).toBeLessThanOrEqual(21);
    const count = told.length;
    send("estop", { v: 1, id: "s1" });
    await clock.advance(10);
    expect(told).toHaveLength(count + 1);
    expect(told.at(-1)).toMatchObject({ phase: "latched", cause: "stop-pressed" });
  });

  it("nothing old: what the link does not take is dropped, and the state of the moment follows", async () => {
    linkTakes = false;
    told.length = 0;
    send("estop", {});
    await clock.advance(2000);
    linkTakes = true;
    await clock.advance(50);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ phase: "latched" });
    expect(clock.monotonicMs() - (told[0]?.stampMs ?? 0)).toBeLessThanOrEqual(50);
  });

  it("a confirmation for each stop with a name, after the motors were told", async () => {
    await startMoving();
    send("estop", { v: 1, id: "s1" });
    expect(applied.at(-1)?.throttle).toBe(0);
    send("estop", { v: 1, id: "s1" });
    send("estop", "now!");
    expect(acks).toEqual([1, 2].map(() => ({ v: 1, kind: "stopped", id: "s1", stampMs: clock.monotonicMs() })));
  });

  it("every event to the recorder, and requests for the black box to their place", async () => {
    send("lease", { v: 1, kind: "black-box", path: "/api/black-box/abc" });
    expect(blackBoxes).toEqual(["/api/black-box/abc"]);
    recorded.length = 0;
    send("cmd", { throttle: 0, steer: 0 });
    expect(recorded).toMatchObject([{ type: "message", channel: "cmd", message: { json: { throttle: 0, steer: 0 } } }]);
  });
});
