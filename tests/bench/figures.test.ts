import { describe, expect, it } from "vitest";
import { percentile, summarize } from "./figures.ts";

const frame = (atMs: number, ageMs: number | null, presented: number, black = false) => ({ atMs, ageMs, presented, black });

describe("percentile", () => {
  it.each([
    [[], 0.5, null],
    [[3], 0.95, 3],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[0, 100], 0.95, 95],
  ])("of %j at %d is %s", (values, part, expected) => {
    expect(percentile(values, part)).toBe(expected);
  });
});

describe("summarize", () => {
  it("puts rounds together without counting the pause between them", () => {
    const one = { firstFramesMs: [200, null], watched: { firstFrameMs: 1, frames: [frame(0, 40, 1), frame(1000, 50, 31)] } };
    const two = { firstFramesMs: [300], watched: { firstFrameMs: 1, frames: [frame(9000, null, 1, true), frame(9100, 60, 4)] } };
    expect(summarize([one, two])).toEqual({
      ageP50Ms: 50,
      ageP95Ms: 59,
      firstFrameP50Ms: 250,
      framesPerSecond: expect.closeTo(30, 6),
      blackFrames: 1,
      unreadFrames: 1,
      stalls: 1,
      joins: 3,
      failedJoins: 1,
      frames: 4,
    });
  });

  it("says that nothing was measured", () => {
    expect(summarize([])).toMatchObject({ ageP50Ms: null, firstFrameP50Ms: null, framesPerSecond: null, frames: 0 });
  });
});
