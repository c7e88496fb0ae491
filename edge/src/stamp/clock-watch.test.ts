import { describe, expect, it } from "vitest";
import { ClockWatch, findJump } from "./clock-watch.ts";

describe("findJump", () => {
  it.each([
    [0, null],
    [499, null],
    [-499, null],
    [500, 500],
    [-3_600_000, -3_600_000],
  ])("takes a wall clock that is %i ms off for %s", (offMs, jumpMs) => {
    expect(findJump({ wallMs: 1000, monotonicMs: 5 }, { wallMs: 2000 + offMs, monotonicMs: 1005 })).toBe(jumpMs);
  });
});

describe("ClockWatch", () => {
  it("tells a jump once", async () => {
    let wallMs = 1_000_000;
    let monotonicMs = 0;
    let tick: () => void = () => undefined;
    const clock = {
      wallMs: () => wallMs,
      monotonicMs: () => monotonicMs,
      after: (_delayMs: number, run: () => void) => {
        tick = run;
        return () => undefined;
      },
    };
    const jumps: number[] = [];
    const watch = new ClockWatch(clock, (jumpMs) => jumps.push(jumpMs));
    await watch.start();
    for (const stepMs of [1000, 1000, 61_000, 1000]) {
      wallMs += stepMs;
      monotonicMs += 1000;
      tick();
    }
    await watch.stop();
    expect(jumps).toEqual([60_000]);
  });
});
