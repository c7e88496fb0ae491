import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AudioEvent, cutAudio, isFarOff, startAudio } from "./audio-cutter-machine.ts";

type Cut = { parts: { start: number; duration: number; packets: number; last: boolean }[]; segments: number[]; silent: number };

function run(events: readonly AudioEvent[], partTargetTicks = 9600): Cut {
  let state = startAudio(0, partTargetTicks);
  const cut: Cut = { parts: [], segments: [], silent: 0 };
  let packets = 0;
  for (const event of events) {
    const step = cutAudio(state, event);
    state = step.state;
    for (const action of step.actions) {
      packets += action.kind === "take-packet" || action.kind === "take-silence" ? 1 : 0;
      cut.silent += action.kind === "take-silence" ? 1 : 0;
      if (action.kind === "close-part") {
        cut.parts.push({ start: action.startTicks, duration: action.durationTicks, packets, last: false });
        packets = 0;
      } else if (action.kind === "end-segment") {
        cut.segments.push(action.durationTicks);
        const part = cut.parts.at(-1);
        if (part !== undefined) {
          part.last = true;
        }
      }
    }
  }
  return cut;
}

const packet = (startTicks: number, durationTicks = 960): AudioEvent => ({ kind: "packet", startTicks, durationTicks });
const packets = (count: number, from = 0): AudioEvent[] => Array.from({ length: count }, (_, index) => packet(from + index * 960));

describe("cutAudio", () => {
  it("closes a part with its last packet", () => {
    expect(run(packets(20)).parts).toEqual([
      { start: 0, duration: 9600, packets: 10, last: false },
      { start: 9600, duration: 9600, packets: 10, last: false },
    ]);
  });

  it("ends its segment at the video's boundary, with a short part", () => {
    const cut = run([...packets(10), { kind: "boundary", atTicks: 24_000 }, ...packets(40, 9600)]);
    expect(cut.segments).toEqual([24_000]);
    expect(cut.parts.map((part) => part.duration)).toEqual([9600, 9600, 4800, 9600, 9600]);
  });

  it("makes up lost packets with silence", () => {
    const cut = run([...packets(5), ...packets(10, 7 * 960)]);
    expect(cut.silent).toBe(2);
    expect(cut.parts[0]).toEqual({ start: 0, duration: 9600, packets: 10, last: false });
  });

  it("leaves out packets that come twice or late", () => {
    expect(run([...packets(5), ...packets(5), ...packets(5, 5 * 960)]).parts).toEqual([
      { start: 0, duration: 9600, packets: 10, last: false },
    ]);
  });

  it("keeps up with the video when no sound comes at all", () => {
    const cut = run([1, 2, 3, 4].map((second) => ({ kind: "boundary", atTicks: second * 48_000 })));
    expect(cut.segments).toEqual([48_000, 48_000]);
  });

  it("knows a clock that has gone elsewhere", () => {
    expect([isFarOff(startAudio(0, 9600), 900_000), isFarOff(startAudio(0, 9600), 48_000)]).toEqual([true, false]);
  });

  it("has neither gap nor overlap, and parts within the target, whatever is lost, late or of another length", () => {
    const step = fc.record({
      skip: fc.constantFrom(0, 0, 0, 0, 960, 2000, -960),
      length: fc.constantFrom(480, 960, 960, 1920),
      boundary: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
        let at = 0;
        let boundary = 0;
        const events = steps.flatMap((one): AudioEvent[] => {
          at += one.skip + one.length;
          boundary = one.boundary ? Math.max(boundary + 4800, at) : boundary;
          return [packet(at, one.length), ...(one.boundary ? [{ kind: "boundary", atTicks: boundary } as const] : [])];
        });
        const { parts } = run(events);
        expect(
          parts.every((part, index) => index === 0 || part.start === (parts[index - 1]?.start ?? 0) + (parts[index - 1]?.duration ?? 0)),
        ).toBe(true);
        expect(parts.every((part) => part.packets > 0 && part.duration <= 9600)).toBe(true);
      }),
    );
  });
});
