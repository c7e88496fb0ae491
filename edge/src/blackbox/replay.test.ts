import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blackBoxLimits, driveLimits } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { array, assert, asyncProperty, boolean, constant, constantFrom, double, integer, oneof, record } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Drive } from "../command/drive.ts";
import type { MotorOutput } from "../command/drive-machine.ts";
import { BlackBox } from "./black-box.ts";
import { parseBlackBox, readBlackBox } from "./read-file.ts";
import { replay } from "./replay.ts";
import { type BlackBoxLimits, defaultBlackBoxLimits } from "./ring.ts";
import { tapDrive } from "./tap-drive.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-replay-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A real drive on a clock that stands, with its black box. */
async function setUp(limits: BlackBoxLimits = defaultBlackBoxLimits) {
  const clock = new FakeClock();
  const box = new BlackBox({ device: "picarx", drive: { kind: "simulated" }, clock, limits });
  const tap = tapDrive(box.record, clock);
  const applied: MotorOutput[] = [];
  let lose: () => void = () => undefined;
  let blocks: Array<"token-expired" | "video-stale"> = [];
  const drive = new Drive({
    settings: { type: "simulated", acceptBare: true, maxThrottle: 0.8, videoWatch: true },
    clock,
    log: silentLog(),
    say: () => true,
    record: tap.record,
    readBlocks: () => blocks,
    createMotors: (onLost) => {
      lose = onLost;
      return tap.tapMotors({ start: async () => undefined, stop: async () => undefined, apply: (output) => applied.push(output) });
    },
  });
  await drive.start();
  drive.takeLink(true);
  return {
    clock,
    box,
    drive,
    applied,
    lose: () => lose(),
    block: (on: boolean) => {
      blocks = on ? ["video-stale"] : [];
    },
    send(channel: "cmd" | "camera" | "estop" | "lease", json: unknown, retained = false): void {
      const message = { channel, retained, payload: Buffer.from(typeof json === "string" ? json : JSON.stringify(json)) };
      tap.takeMessage(message);
      drive.takeMessage(message);
    },
    read: async () => parseBlackBox(await box.write()),
  };
}

type Rig = Awaited<ReturnType<typeof setUp>>;

async function driveAway({ clock, send }: Rig): Promise<void> {
  await clock.advance(1000);
  send("cmd", { throttle: 0, steer: 0 });
  await clock.advance(50);
  send("cmd", { throttle: 0.5, steer: 0.25 });
  await clock.advance(900);
}

describe("a replay", () => {
  it("tells the same as what happened, and the simulated car does it again", async () => {
    const rig = await setUp();
    await driveAway(rig);
    rig.send("estop", "anything");
    await rig.clock.advance(100);
    const result = replay(await rig.read());
    expect(result.difference).toBeNull();
    expect(result.outputs.map(({ throttle, steer, pan, tilt }) => ({ throttle, steer, pan, tilt }))).toEqual(rig.applied);
    expect(result.stops.map(({ cause }) => cause)).toEqual(["link-down", "silence", "stop-pressed"]);
    const fastest = Math.max(...result.car.map(({ throttle }) => throttle));
    expect(fastest).toBe(0.5);
    expect(result.car.at(-1)).toMatchObject({ throttle: 0, steer: 0 });
    expect(result.car.at(-1)?.pose.x).toBeGreaterThan(0.01);
  });

  it.each([
    ["what the motors heard", '"kind":"output"', /"throttle":0.5/, '"throttle":0.6', "output"],
    ["a decision", '"kind":"step"', /"phase":"held"/, '"phase":"armed"', "state"],
    ["a command", '"kind":"step"', /"json":\{"throttle":0.5,"steer":0.25/, '"json":{"throttle":0.5,"steer":0.35', "state"],
  ])("shows %s that was another one, at its line, with both states", async (_what, kind, from, to, what) => {
    const rig = await setUp();
    await driveAway(rig);
    const lines = (await rig.box.write()).split("\n");
    const at = lines.findIndex((line) => line.includes(kind) && from.test(line));
    lines[at] = (lines[at] ?? "").replace(from, to);
    const { difference } = replay(parseBlackBox(lines.join("\n")));
    expect(difference).toMatchObject({ line: at + 1, what, state: { watchdog: expect.anything() } });
    expect(difference?.recorded).not.toEqual(difference?.replayed);
  });

  it("shows an output that is missing, and one too many", async () => {
    const rig = await setUp();
    await driveAway(rig);
    const lines = (await rig.box.write()).split("\n");
    const at = lines.findIndex((line) => line.includes('"kind":"output"'));
    expect(replay(parseBlackBox(lines.toSpliced(at, 1).join("\n"))).difference).toMatchObject({ what: "output", recorded: null });
    const twice = lines.toSpliced(at, 0, lines[at] ?? "").join("\n");
    expect(replay(parseBlackBox(twice)).difference).toMatchObject({ what: "output", replayed: null, line: at + 2 });
  });

  it("is refused, not passed, when the state to begin with is missing, and when the packed file was cut or changed", async () => {
    const rig = await setUp();
    await driveAway(rig);
    const lines = (await rig.box.write()).split("\n");
    const headless = lines.filter((line) => !line.includes('"kind":"begin"')).join("\n");
    expect(() => parseBlackBox(headless)).toThrow(
      expect.objectContaining({ code: "HC_EDGE_BLACK_BOX_FILE", message: expect.stringMatching(/Line 2: the state/) }),
    );
    const packed = await rig.box.pack();
    const path = join(folder, "box.gz");
    writeFileSync(path, packed);
    expect(replay(readBlackBox(path)).difference).toBeNull();
    const damaged = Buffer.from(packed);
    damaged[packed.length >> 1] = ~(packed[packed.length >> 1] ?? 0) & 0xff;
    for (const bytes of [packed.subarray(0, -20), damaged, Buffer.alloc(0)]) {
      writeFileSync(path, bytes);
      expect(() => readBlackBox(path)).toThrow(expect.objectContaining({ code: "HC_EDGE_BLACK_BOX_FILE" }));
    }
  });

  it("begins in the middle of a drive when the beginning is no longer there", async () => {
    const rig = await setUp({ ...defaultBlackBoxLimits, keepMs: 700 });
    await driveAway(rig);
    const file = await rig.read();
    expect(file.header.before?.watchdog.phase).toBe("armed");
    expect(replay(file)).toMatchObject({ difference: null, stops: [{ cause: "silence" }] });
  });
});

it("a box holds the whole last minute of a driver who drives and turns the camera without a pause, in half of what the relay takes", async () => {
  const { box, clock, read, send } = await setUp();
  const noise = (at: number): number => Math.sin(at * 12.9898) / 7;
  for (let seq = 0; seq < 65 * driveLimits.activeHz; seq++) {
    const envelope = { v: 1, lease: 1_795_253_778_123_456, seq, echo: clock.monotonicMs() - 20 + noise(seq) };
    if (seq % driveLimits.activeHz === 0) {
      send("lease", { v: 1, kind: "lease", lease: envelope.lease, holder: "ada", ttlMs: driveLimits.leaseMs });
    }
    const [throttle, steer] = [seq < 3 ? 0 : Math.sin(seq / 7 + noise(seq)), Math.cos(seq / 9 + noise(seq))];
    send("cmd", { ...envelope, sentAt: 1.7e12 + seq * 50.37, frameAgeMs: 40 + noise(seq), throttle, steer });
    send("camera", { ...envelope, pan: 80 * Math.sin(seq / 11 + noise(seq)), tilt: 30 * Math.cos(seq / 5) });
    await clock.advance(1000 / driveLimits.activeHz);
  }
  const { lines } = await read();
  expect((lines.at(-1)?.atMs ?? 0) - (lines[0]?.atMs ?? 0)).toBeGreaterThan(59_900);
  expect(2 * lines.length).toBeLessThan(defaultBlackBoxLimits.maxEntries);
  expect((await box.pack()).length).toBeLessThan(blackBoxLimits.maxBytes / 2);
});

describe("whatever is sent", () => {
  const throttle = oneof(constant(0), double({ min: -1.5, max: 1.5, noNaN: true }));
  const wait = oneof(integer({ min: 0, max: 100 }), integer({ min: 0, max: 600 }));
  const bare = record({ channel: constant("cmd" as const), json: record({ throttle, steer: throttle, clearStop: boolean() }), wait });
  const leased = record({
    channel: constant("cmd" as const),
    json: record({
      v: constant(1),
      lease: integer({ min: 1, max: 3 }),
      seq: integer({ min: 0, max: 20 }),
      throttle,
      steer: throttle,
      echo: integer({ min: 0, max: 4000 }),
      frameAgeMs: constantFrom(null, 50, 5000),
      clearStop: boolean(),
    }),
    wait,
  });
  const lease = record({
    channel: constant("lease" as const),
    json: record({ v: constant(1), kind: constant("lease"), lease: constantFrom(null, 1, 2, 3), holder: constant("ada"), ttlMs: wait }),
    wait,
  });
  const look = record({
    channel: constant("camera" as const),
    json: record({ pan: throttle, tilt: integer({ min: -200, max: 200 }) }),
    wait,
  });
  const stop = record({ channel: constant("estop" as const), json: constantFrom("", '{"v":1,"id":"a"}'), wait });
  const odd = record({
    channel: constantFrom("cmd" as const, "lease" as const, "camera" as const),
    json: constantFrom(
      "{",
      "null",
      '{"throttle":1e999,"steer":0}',
      '{"throttle":"-Infinity","steer":0}',
      `{"v":1,"x":"${"y".repeat(800)}"}`,
    ),
    wait,
  });
  const happening = record({ happens: constantFrom("link down", "link up", "motors lost", "video stale", "video back"), wait });

  it("recording and replay agree, from the beginning and from anywhere", async () => {
    let moved = 0;
    await assert(
      asyncProperty(
        array(oneof(bare, bare, leased, lease, look, stop, odd, happening), { maxLength: 40 }),
        integer({ min: 3, max: 200 }),
        async (script, maxEntries) => {
          const rigs = [await setUp(), await setUp({ ...defaultBlackBoxLimits, maxEntries })];
          for (const rig of rigs) {
            await play(rig, script);
            const result = replay(await rig.read());
            expect(result.difference).toBeNull();
            moved += result.outputs.some((output) => output.throttle !== 0) ? 1 : 0;
          }
          const whole = replay(await (rigs[0] as Rig).read());
          expect(whole.outputs.map(({ throttle: each }) => each)).toEqual((rigs[0] as Rig).applied.map((output) => output.throttle));
        },
      ),
      { numRuns: 40 },
    );
    // Else the property would hold of vehicles that stand.
    expect(moved).toBeGreaterThan(20);
  });

  type Happening = { readonly wait: number } & (
    | { readonly happens: string }
    | { readonly channel: "cmd" | "camera" | "estop" | "lease"; readonly json: unknown }
  );

  async function play(rig: Rig, script: readonly Happening[]): Promise<void> {
    const reactions: Record<string, () => void> = {
      "link down": () => rig.drive.takeLink(false),
      "link up": () => rig.drive.takeLink(true),
      "motors lost": () => rig.lose(),
      "video stale": () => rig.block(true),
      "video back": () => rig.block(false),
    };
    rig.send("cmd", { throttle: 0, steer: 0 });
    await rig.clock.advance(50);
    rig.send("cmd", { throttle: 0.4, steer: 0.1 });
    await rig.clock.advance(30);
    for (const each of script) {
      "happens" in each ? reactions[each.happens]?.() : rig.send(each.channel, each.json);
      await rig.clock.advance(each.wait);
    }
    await rig.drive.stop();
  }
});
