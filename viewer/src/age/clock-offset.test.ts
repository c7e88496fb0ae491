import { describe, expect, it } from "vitest";
import { addSample, estimateOffset, maxSamples, type PingSample } from "./clock-offset.ts";

/** A ping that leaves at `atMs` to a device whose clock is `aheadMs` ahead. */
function ping(atMs: number, aheadMs: number, outMs: number, backMs: number, workMs = 1): PingSample {
  const receivedAtMs = atMs + outMs + aheadMs;
  return { sentAtMs: atMs, receivedAtMs, repliedAtMs: receivedAtMs + workMs, heardAtMs: atMs + outMs + workMs + backMs };
}

describe("the clock offset", () => {
  it("is unknown without samples", () => {
    expect(estimateOffset([])).toBeNull();
  });

  it.each([-86_400_000, -3, 0, 250, 3_600_000])("is exact on even ways, with the device %d ms ahead", (aheadMs) => {
    expect(estimateOffset([ping(1000, aheadMs, 10, 10)])).toEqual({ offsetMs: aheadMs, boundMs: 11 });
  });

  it("trusts the shortest round trip and says how wrong it can be", () => {
    const samples = [ping(0, 500, 100, 5), ping(1000, 500, 6, 2), ping(2000, 500, 3, 300)];
    const offset = estimateOffset(samples);
    expect(offset?.boundMs).toBe(5);
    expect(Math.abs((offset?.offsetMs ?? 0) - 500)).toBeLessThanOrEqual(offset?.boundMs ?? 0);
  });

  it("always lies within its bound, however uneven the ways", () => {
    for (let outMs = 0; outMs <= 200; outMs += 20) {
      for (let backMs = 0; backMs <= 200; backMs += 20) {
        const offset = estimateOffset([ping(0, 77, outMs, backMs, 5)]);
        expect(Math.abs((offset?.offsetMs ?? Number.NaN) - 77)).toBeLessThanOrEqual(offset?.boundMs ?? 0);
      }
    }
  });

  it("follows a device whose clock was set, once the old samples are gone", () => {
    let samples: readonly PingSample[] = [];
    for (let index = 0; index < maxSamples * 2; index++) {
      samples = addSample(samples, ping(index * 2000, index < maxSamples ? 0 : 5000, 5, 5));
    }
    expect(samples).toHaveLength(maxSamples);
    expect(estimateOffset(samples)?.offsetMs).toBe(5000);
  });

  it("leaves out impossible and very slow samples", () => {
    const backwards = { sentAtMs: 100, receivedAtMs: 0, repliedAtMs: 0, heardAtMs: 50 };
    const longerWorkThanTrip = { sentAtMs: 0, receivedAtMs: 0, repliedAtMs: 500, heardAtMs: 10 };
    expect(addSample([], backwards)).toEqual([]);
    expect(addSample([], longerWorkThanTrip)).toEqual([]);
    expect(addSample([], ping(0, 0, 1500, 1500))).toEqual([]);
  });
});
