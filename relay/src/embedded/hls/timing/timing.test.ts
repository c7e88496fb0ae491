import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnDuration, predictDuration } from "./cadence.ts";
import { type DecodeTimes, nextDecodeTime } from "./decode-times.ts";
import { readOpusDuration, silentPacket, silentPacketTicks } from "./opus-duration.ts";

describe("predictDuration", () => {
  it("is the fallback until something is known", () => {
    expect(predictDuration([], 3000)).toBe(3000);
  });

  it("is not moved by a late frame, an outage or a step back", () => {
    const cadence = [3000, 3000, 9000, 3000, 900_000, -5000].reduce(learnDuration, [] as readonly number[]);
    expect(predictDuration(cadence, 1)).toBe(3000);
  });

  it("learns a new frame rate within half a second", () => {
    const cadence = [...Array.from({ length: 60 }, () => 3000), ...Array.from({ length: 8 }, () => 6000)].reduce(
      learnDuration,
      [] as readonly number[],
    );
    expect(predictDuration(cadence, 1)).toBe(6000);
  });
});

describe("nextDecodeTime", () => {
  const decode = (times: readonly number[], depth: number): (number | null)[] => {
    let state: DecodeTimes | null = null;
    return times.map((ptsTicks) => {
      const time = nextDecodeTime(state, ptsTicks, depth, 3000);
      state = time.ok ? time.state : state;
      return time.ok ? time.dtsTicks : null;
    });
  };

  it("is the presentation time without reordering", () => {
    expect(decode([0, 3000, 6000], 0)).toEqual([0, 3000, 6000]);
  });

  it("runs two frames ahead of a pyramid of B-frames", () => {
    expect(decode([0, 9000, 6000, 3000, 12_000, 21_000], 2)).toEqual([-6000, -3000, 0, 3000, 6000, 9000]);
  });

  it("says so when a picture comes later than the depth allows", () => {
    expect(decode([0, 9000, 3000], 0)).toEqual([0, 9000, null]);
  });

  it("grows and never passes the presentation time, for any order within the depth", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat({ max: 100 }), { minLength: 20, maxLength: 80 }), (depth, picks) => {
        const waiting: number[] = [];
        const order: number[] = [];
        let next = 1;
        for (const pick of picks) {
          while (waiting.length < depth) {
            waiting.push(next++);
          }
          const oldest = Math.min(...waiting);
          const index = next - oldest > depth ? waiting.indexOf(oldest) : pick % waiting.length;
          order.push(...waiting.splice(index, 1));
        }
        const pts = [0, ...order.map((frame) => frame * 3000)];
        const dts = decode(pts, depth);
        expect(dts.every((ticks, index) => ticks !== null && ticks <= (pts[index] ?? 0))).toBe(true);
        expect(dts.every((ticks, index) => index === 0 || (ticks ?? 0) > (dts[index - 1] ?? 0))).toBe(true);
      }),
    );
  });
});

describe("readOpusDuration", () => {
  it.each([
    ["SILK 20 ms", [1 << 3], 960],
    ["SILK 60 ms", [3 << 3], 2880],
    ["hybrid 10 ms", [12 << 3], 480],
    ["CELT 2.5 ms", [16 << 3], 120],
    ["CELT 20 ms", [31 << 3], 960],
    ["two frames", [(31 << 3) | 1], 1920],
    ["three frames by count", [(31 << 3) | 3, 3], 2880],
    ["no frames", [(31 << 3) | 3, 0], null],
    ["over 120 ms", [(3 << 3) | 3, 3], null],
    ["nothing", [], null],
  ])("%s", (_name, bytes, ticks) => {
    expect(readOpusDuration(Buffer.from(bytes))).toBe(ticks);
  });

  it("knows the length of its own silence", () => {
    expect([1, 2].map((channels) => readOpusDuration(silentPacket(channels === 1 ? 1 : 2)))).toEqual([
      silentPacketTicks,
      silentPacketTicks,
    ]);
  });
});
