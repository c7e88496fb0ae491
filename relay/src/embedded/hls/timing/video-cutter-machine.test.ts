import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CutterFrame, type CutterOptions, type CutterState, cutFrame } from "./video-cutter-machine.ts";

const options: CutterOptions = { partTicks: 18_000, segmentTicks: 90_000, firstFrameTicks: 3000, outageTicks: 90_000, outage: "rebase" };

type Part = {
  start: number;
  durations: readonly number[];
  independent: boolean;
  frames: number[];
  closedAfter: number;
  lastOfSegment: boolean;
  target: number;
};

type Run = { parts: Part[]; segments: number[]; writtenByFrame: number[]; state: CutterState | null };

function run(frames: readonly CutterFrame[], given: CutterOptions = options): Run {
  let state: CutterState | null = null;
  const parts: Part[] = [];
  const segments: number[] = [];
  const writtenByFrame: number[] = [];
  let taken: number[] = [];
  let target = 0;
  frames.forEach((frame, index) => {
    const step = cutFrame(state, frame, given);
    state = step.state;
    for (const action of step.actions) {
      if (action.kind === "part-target") {
        target = action.ticks;
      } else if (action.kind === "take-frame") {
        taken.push(index);
        writtenByFrame[index] = action.writtenTicks;
      } else if (action.kind === "close-part") {
        parts.push({
          start: action.startTicks,
          durations: action.durationsTicks,
          independent: action.independent,
          frames: taken,
          closedAfter: index,
          lastOfSegment: false,
          target,
        });
        taken = [];
      } else if (action.kind === "end-segment") {
        segments.push(action.durationTicks);
        const last = parts.at(-1);
        if (last !== undefined) {
          last.lastOfSegment = true;
        }
      }
    }
  });
  return { parts, segments, writtenByFrame, state };
}

function steady(count: number, ticks: number, gop: number): CutterFrame[] {
  return Array.from({ length: count }, (_, index) => ({ dtsTicks: index * ticks, idr: index % gop === 0 }));
}

const total = (part: Part): number => part.durations.reduce((sum, ticks) => sum + ticks, 0);

describe("cutFrame", () => {
  it("leaves out everything before the first IDR", () => {
    expect(cutFrame(null, { dtsTicks: 0, idr: false }, options)).toEqual({ state: null, actions: [] });
  });

  it("closes a part when its last frame arrives, not when the next one does", () => {
    const { parts } = run(steady(61, 3000, 30));
    expect(parts.slice(0, 3).map((part) => part.closedAfter)).toEqual([5, 11, 17]);
    expect(parts.every((part) => total(part) === 18_000)).toBe(true);
  });

  it("marks a part as independent wherever in it an IDR lies", () => {
    const { parts } = run(steady(31, 3000, 15));
    expect(parts.slice(0, 5).map((part) => part.independent)).toEqual([true, false, true, false, false]);
  });

  it("ends segments at the IDR and marks the parts that begin with one", () => {
    const { parts, segments } = run(steady(91, 3000, 30));
    expect(segments).toEqual([90_000, 90_000, 90_000]);
    expect(parts.map((part) => part.independent).slice(0, 11)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([
    ["30 a second", 3000, 6],
    ["29.97 a second", 3003, 6],
    ["25 a second", 3600, 5],
    ["24 a second", 3750, 5],
    ["20 a second", 4500, 4],
    ["15 a second", 6000, 3],
    ["12 a second", 7500, 2],
    ["10 a second", 9000, 2],
    ["7 a second", 12_857, 1],
    ["5 a second", 18_000, 1],
    ["3 a second", 30_000, 1],
    ["60 a second", 1500, 12],
  ])("takes whole frames into a part: %s", (_name, ticks, frames) => {
    const { parts } = run(steady(400, ticks, 1000), { ...options, firstFrameTicks: ticks });
    expect(parts.slice(1).every((part) => part.frames.length === frames)).toBe(true);
    expect(parts.slice(1).every((part) => total(part) <= part.target && total(part) >= 0.85 * part.target)).toBe(true);
  });

  it("ends a segment half a frame early rather than doubling it when the camera's clock trembles", () => {
    const frames = steady(91, 3000, 30).map((frame) => ({
      ...frame,
      dtsTicks: frame.dtsTicks - (frame.idr && frame.dtsTicks > 0 ? 90 : 0),
    }));
    expect(run(frames).segments).toHaveLength(3);
  });

  it("keeps the segment going over IDRs that come too soon", () => {
    const { segments } = run(steady(121, 3000, 10));
    expect(segments.every((ticks) => ticks === 90_000)).toBe(true);
  });

  it("has neither gap nor overlap, and follows the true times within a frame, for any trembling cadence", () => {
    const cadence = fc.record({
      base: fc.constantFrom(1500, 3000, 3003, 3600, 3750, 6000, 9000),
      jitters: fc.array(fc.double({ min: -0.45, max: 0.45, noNaN: true }), { minLength: 60, maxLength: 250 }),
      gop: fc.integer({ min: 5, max: 70 }),
    });
    fc.assert(
      fc.property(cadence, ({ base, jitters, gop }) => {
        const frames = jitters.map((jitter, index) => ({
          dtsTicks: Math.round((index + (index === 0 ? 0 : jitter)) * base),
          idr: index % gop === 0,
        }));
        checkRun(frames, run(frames, { ...options, firstFrameTicks: base }), 1.5 * base);
      }),
      { numRuns: 200 },
    );
  });

  it("has neither gap nor overlap for a frame rate that changes and drops frames, and stays within its longest frame and the stretch of a short part", () => {
    const differences = fc.array(fc.constantFrom(1500, 3000, 3000, 3000, 6000, 9000, 12_000), { minLength: 60, maxLength: 250 });
    fc.assert(
      fc.property(differences, fc.integer({ min: 5, max: 70 }), (steps, gop) => {
        let dtsTicks = 0;
        const frames = steps.map((step, index) => {
          dtsTicks += step;
          return { dtsTicks, idr: index % gop === 0 };
        });
        checkRun(frames, run(frames), 12_000 + 0.15 * options.partTicks);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["hole", 900_000 + 30 * 3000],
    ["rebase", 30 * 3000],
  ] as const)("moves the timeline after an outage of 10 s: %s", (outage, expected) => {
    const frames = [
      ...steady(30, 3000, 30),
      ...steady(30, 3000, 30).map((frame) => ({ ...frame, dtsTicks: frame.dtsTicks + 30 * 3000 + 900_000 })),
    ];
    const { parts, writtenByFrame } = run(frames, { ...options, outage });
    expect(Math.abs((writtenByFrame[30] ?? 0) - expected)).toBeLessThanOrEqual(3000);
    expect(parts.every((part) => total(part) <= 18_000)).toBe(true);
  });

  it("leaves no hole of an hour when a publisher's clock steps far ahead: the sound would have to fill it", () => {
    const ahead = steady(30, 3000, 30).map((frame) => ({ ...frame, dtsTicks: frame.dtsTicks + 3600 * 90_000 }));
    const { writtenByFrame, segments } = run([...steady(30, 3000, 30), ...ahead], { ...options, outage: "hole" });
    expect(Math.abs((writtenByFrame[30] ?? 0) - 30 * 3000)).toBeLessThanOrEqual(3000);
    expect(segments.every((ticks) => ticks < 2 * 90_000)).toBe(true);
  });

  it("follows a publisher's clock that steps far back", () => {
    const frames = [...steady(60, 3000, 30), ...steady(60, 3000, 30).map((frame) => ({ ...frame, dtsTicks: frame.dtsTicks - 5_000_000 }))];
    const { parts } = run(frames);
    expect(parts.length).toBeGreaterThanOrEqual(19);
    expect(parts.every((part) => total(part) <= 18_000)).toBe(true);
  });

  it("raises the part target when frames get longer than it, and catches up", () => {
    const slow = Array.from({ length: 60 }, (_, index) => ({ dtsTicks: 60 * 3000 + (index + 1) * 27_000, idr: index % 4 === 0 }));
    const { state, writtenByFrame } = run([...steady(60, 3000, 30), ...slow]);
    expect(state?.partTargetTicks).toBeGreaterThanOrEqual(27_000);
    expect(Math.abs((writtenByFrame.at(-1) ?? 0) - (slow.at(-1)?.dtsTicks ?? 0))).toBeLessThanOrEqual(27_000);
  });
});

function checkRun(frames: readonly CutterFrame[], result: Run, driftTicks: number): void {
  let expectedStart = result.parts[0]?.start ?? 0;
  for (const part of result.parts) {
    expect(part.start).toBe(expectedStart);
    expect(part.durations.every((ticks) => ticks >= 1)).toBe(true);
    expect(part.durations).toHaveLength(part.frames.length);
    expect(total(part)).toBeLessThanOrEqual(part.target);
    if (!part.lastOfSegment) {
      expect(total(part)).toBeGreaterThanOrEqual(Math.floor(0.85 * part.target));
    }
    expectedStart += total(part);
  }
  result.writtenByFrame.forEach((written, index) => {
    expect(Math.abs(written - (frames[index]?.dtsTicks ?? 0))).toBeLessThan(driftTicks);
  });
}
