import { describe, expect, it } from "vitest";
import { readStopTimes } from "./rig/car-log.ts";
import type { Sent } from "./rig/driver.ts";
import { judgeLog } from "./rig/judge-log.ts";

const command = (atMs: number, steer: number, more: Partial<Sent> = {}): Sent => ({
  atMs,
  steer,
  lease: 1,
  seq: atMs,
  throttle: 0.5,
  ...more,
});
const line = (atMs: number, throttle: number, steer: number) => ({ atMs, throttle, steer });

describe("the judge of a log", () => {
  it("finds nothing in a drive that follows its commands", () => {
    const log = [line(1010, 0.1, 0.2), line(1030, 0.5, 0.2), line(1060, 0.4, 0.3), line(1300, 0, 0.3)];
    expect(judgeLog(log, [command(1000, 0.2), command(1050, 0.3)])).toEqual({ faults: [], leases: 1, driven: 3 });
  });

  it.each([
    ["a line that nobody sent", [line(1010, 0.5, 0.9), line(1100, 0, 0)], "nobody sent it"],
    ["an old command", [line(2500, 0.5, 0.2), line(2600, 0, 0)], "its command was sent"],
    ["throttle that lasts", [line(1010, 0.5, 0.2), line(1500, 0, 0)], "it lasts"],
    ["throttle that never ends", [line(1010, 0.5, 0.2)], "it lasts Infinity"],
    ["more than was asked for", [line(1010, 0.6, 0.2), line(1100, 0, 0)], "it is more"],
    ["the other way", [line(1010, -0.5, 0.2), line(1100, 0, 0)], "the other way"],
    ["an overtaken command", [line(1060, 0.5, 0.3), line(1070, 0.5, 0.2), line(1100, 0, 0)], "a newer command"],
    ["an old lease", [line(1060, 0.5, 0.4), line(1070, 0.5, 0.3), line(1100, 0, 0)], "a newer lease"],
  ])("finds %s", (_name, log, why) => {
    const sent = [command(1000, 0.2), command(1050, 0.3), command(1020, 0.4, { lease: 2, seq: 0 })];
    expect(judgeLog(log, sent).faults.join()).toContain(why);
  });
});

describe("the reading of stop times", () => {
  it("counts from the fault to the line after which nothing moves any more", () => {
    const log = [line(1000, 0.5, 0.2), line(1100, 0, 0.2), line(1150, 0.5, 0.2), line(1250, 0, 0.2), line(1500, 0, 0)];
    expect(readStopTimes(log, 1010)).toEqual({ softMs: 240, hardMs: 490 });
  });

  it("says so when the car never stopped, and when it stood already", () => {
    expect(readStopTimes([line(1000, 0.5, 0.2), line(1100, 0, 0.2)], 1010)).toEqual({ softMs: 90, hardMs: Number.POSITIVE_INFINITY });
    expect(() => readStopTimes([line(1000, 0, 0)], 1010)).toThrow("stood already");
  });
});
