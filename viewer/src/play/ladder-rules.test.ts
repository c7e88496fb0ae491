import { describe, expect, it } from "vitest";
import { closedLadder } from "./ladder-machine.ts";
import { countFailure, forgiveGaps, freezeLimitMs, planRetry, stepsBack } from "./ladder-rules.ts";
import type { Attempt } from "./ladder-types.ts";
import { limits } from "./limits.ts";

const attempt: Attempt = { id: 1, startedAtMs: 0, lastFrameAtMs: 500, movingSinceMs: 100, captureMs: null, medianMs: 40 };

describe("the freeze limit", () => {
  it.each([
    ["whep", 40, 1000],
    ["whep", 200, 1200],
    ["hls", 40, 3000],
    ["hls", 1000, 6000],
  ] as const)("of %s with %d ms between frames is %d ms", (rung, medianMs, expectedMs) => {
    expect(freezeLimitMs(rung, { ...attempt, medianMs })).toBe(expectedMs);
  });
});

describe("counting failures", () => {
  it("forgets those outside the window and leaves LL-HLS out", () => {
    const once = countFailure(closedLadder, true, "whep", 1000);
    expect(once.failuresAtMs).toEqual([1000]);
    expect(countFailure(once, true, "whep", 1000 + limits.failureWindowMs).failuresAtMs).toHaveLength(1);
    expect(countFailure(once, true, "hls", 2000)).toBe(once);
  });

  it("counts a fall only when a climb was shown", () => {
    expect(countFailure({ ...closedLadder, climbed: true }, false, "whep", 0).fallsAtMs).toEqual([]);
    expect(countFailure({ ...closedLadder, climbed: true }, true, "whep", 0).fallsAtMs).toEqual([0]);
  });
});

describe("planning a retry", () => {
  it("spreads viewers over the jitter and never beyond", () => {
    const waits = Array.from({ length: 50 }, (_, index) => {
      const planned = planRetry({ ...closedLadder, shown: "hls", seed: index / 50 }, "whep", 0);
      return planned.retryAtMs.whep ?? 0;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(6000);
    expect(new Set(waits.map(Math.round)).size).toBeGreaterThan(40);
  });

  it("is quick while nothing is shown, and honours the hold", () => {
    expect(planRetry(closedLadder, "whep", 0).retryAtMs.whep).toBeLessThanOrEqual(600);
    expect(planRetry({ ...closedLadder, holdUntilMs: 99_000 }, "whep", 0).retryAtMs.whep).toBe(99_000);
    expect(planRetry({ ...closedLadder, holdUntilMs: 99_000 }, "hls", 0).retryAtMs.hls).toBeLessThanOrEqual(600);
  });
});

describe("stepping back in time", () => {
  const painted = { ...closedLadder, paintedAtMs: 1000, paintedCaptureMs: 50_000 };
  it.each([
    ["an older picture", 49_999, 1500, true],
    ["the same moment", 50_000, 1500, false],
    ["an unknown time", null, 1500, false],
    ["an older picture after the newer one stood too long", 49_999, 1000 + limits.noStepBackMs, false],
  ])("%s", (_name, captureMs, nowMs, expected) => {
    expect(stepsBack(painted, captureMs, nowMs)).toBe(expected);
  });
});

it("forgives gaps without inventing a first frame", () => {
  const before = { ...closedLadder, attempts: { whep: attempt, hls: { ...attempt, lastFrameAtMs: null } } };
  const { attempts } = forgiveGaps(before, 9000);
  expect(attempts.whep?.lastFrameAtMs).toBe(9000);
  expect(attempts.hls).toMatchObject({ lastFrameAtMs: null, startedAtMs: 9000 });
});
