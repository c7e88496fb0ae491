import { describe, expect, it } from "vitest";
import { audioOffsetMs } from "./av-align.ts";

const video = { first: { timestamp: 90_000, arrivalMs: 100 }, report: { ntpMs: 5000, timestamp: 0 } };

describe("audioOffsetMs", () => {
  it.each([
    ["sender reports on both", { first: { timestamp: 48_000 + 960, arrivalMs: 190 }, report: { ntpMs: 5000, timestamp: 0 } }, 20],
    [
      "a report before the timestamp's wrap",
      { first: { timestamp: 480, arrivalMs: 100 }, report: { ntpMs: 6000, timestamp: 0xffff_fe20 } },
      20,
    ],
    ["no report on the sound", { first: { timestamp: 48_960, arrivalMs: 190 }, report: null }, 90],
    ["a report that can't be true", { first: { timestamp: 48_960, arrivalMs: 190 }, report: { ntpMs: 900_000, timestamp: 0 } }, 90],
  ])("uses %s", (_name, audio, expected) => {
    expect(audioOffsetMs(video, audio)).toBeCloseTo(expected);
  });
});
