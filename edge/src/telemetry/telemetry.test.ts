import { telemetrySchema } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { beginDrive, type DriveState, stepDrive } from "../command/drive-machine.ts";
import { buildTelemetry, isLively, isNews } from "./build-telemetry.ts";
import { initialPace, nextTelemetryMs, noteTry } from "./telemetry-pace.ts";

const resting = beginDrive({ acceptBare: true, maxThrottle: 0.5, look: null }, 1000);

function take(state: DriveState, channel: "cmd" | "estop" | "lease", json: unknown, atMs: number): DriveState {
  return stepDrive(state, { type: "message", channel, message: { json, retained: false, atMs } }).state;
}

const leased = take(resting, "lease", { v: 1, kind: "lease", lease: 9, holder: "ada", ttlMs: 3000 }, 1100);
const armed = take(leased, "cmd", { v: 1, lease: 9, seq: 4, echo: 1050, frameAgeMs: 30, throttle: 0, steer: 0.5 }, 1110);

describe("buildTelemetry", () => {
  it("fits the contract and says who drives, how, and how old the last command's stamp was", () => {
    expect(telemetrySchema.parse(buildTelemetry(armed, "simulated", 1112.25))).toEqual({
      v: 1,
      stampMs: 1112.25,
      phase: "armed",
      cause: null,
      throttle: 0,
      steer: 0.5,
      pan: null,
      tilt: null,
      driver: "ada",
      lastSeq: 4,
      loopMs: 60,
      refused: null,
      drive: { kind: "simulated", maxThrottle: 0.5, look: null },
    });
  });

  it("counts anew under a new lease", () => {
    const next = take(armed, "lease", { v: 1, kind: "lease", lease: 10, holder: "eve", ttlMs: 3000 }, 1120);
    expect(buildTelemetry(next, "simulated", 1121)).toMatchObject({ driver: "eve", lastSeq: -1, cause: "lease-lost", phase: "disarmed" });
  });
});

describe("what is news", () => {
  it.each<[string, DriveState, DriveState, boolean]>([
    ["a lease", resting, leased, true],
    ["a phase", leased, armed, true],
    ["a stop", armed, take(armed, "estop", {}, 1120), true],
    ["a stop again", take(armed, "estop", {}, 1120), take(armed, "estop", {}, 1130), false],
    ["time", armed, stepDrive(armed, { type: "tick", atMs: 1115 }).state, false],
  ])("%s", (_what, before, after, expected) => expect(isNews(before, after)).toBe(expected));

  it("is told 20 times a second while somebody drives", () => expect([isLively(resting), isLively(leased)]).toEqual([false, true]));
});

describe("the pace", () => {
  it("is the fast or the slow one, news comes at once, and what failed is tried at the fast one", () => {
    expect(nextTelemetryMs(initialPace, false)).toBe(Number.NEGATIVE_INFINITY);
    const sent = noteTry(initialPace, true, 1000);
    expect([nextTelemetryMs(sent, true), nextTelemetryMs(sent, false)]).toEqual([1050, 2000]);
    expect(nextTelemetryMs({ ...sent, hasNews: true }, false)).toBe(1010);
    const failed = noteTry({ ...sent, hasNews: true }, false, 1010);
    expect(nextTelemetryMs(failed, false)).toBe(1060);
    expect(noteTry(failed, true, 1060).hasNews).toBe(false);
  });
});
