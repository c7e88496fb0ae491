import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

const rule = { firstMs: 500, maxMs: 10_000, factor: 2, jitter: 0.5 };

describe("backoffDelayMs", () => {
  it("grows by the factor up to the bound", () => {
    expect([1, 2, 3, 5, 6, 60, 5000].map((failures) => backoffDelayMs(rule, failures, 0))).toEqual([
      500, 1000, 2000, 8000, 10_000, 10_000, 10_000,
    ]);
  });

  it("takes away at most the jitter's share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const full = backoffDelayMs(rule, failures, 0);
        const delay = backoffDelayMs(rule, failures, random);
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(full / 2);
      }),
    );
  });
});
