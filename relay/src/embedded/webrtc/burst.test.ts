import { describe, expect, it } from "vitest";
import { burstStepTicks, compressTimestamps } from "./burst.ts";

const step = burstStepTicks;

describe("compressTimestamps", () => {
  it.each([
    ["none", [], []],
    ["one picture", [9000], [9000]],
    ["30 fps", [0, 3000, 6000, 9000], [9000 - 3 * step, 9000 - 2 * step, 9000 - step, 9000]],
    ["pictures closer than a step", [8980, 8990, 9000], [8980, 8990, 9000]],
    ["a gap in the middle", [0, 60_000, 63_000], [63_000 - 2 * step, 63_000 - step, 63_000]],
  ])("presses %s towards the newest", (_name, pts, expected) => {
    expect(compressTimestamps(pts)).toEqual(expected);
  });

  it("keeps growing and never goes before a picture's own time", () => {
    const pts = Array.from({ length: 60 }, (_, index) => index * 3000);
    const pressed = compressTimestamps(pts);
    expect(pressed.every((time, index) => index === 0 || time > (pressed[index - 1] ?? 0))).toBe(true);
    expect(pressed.every((time, index) => time >= (pts[index] ?? 0))).toBe(true);
  });
});
