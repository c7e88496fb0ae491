import { describe, expect, it } from "vitest";
import { nextLeaseNumber, secretRange } from "./lease-number.ts";

const wallMs = Date.parse("2026-11-21T08:00:00Z");
const seconds = wallMs / 1000;

describe("nextLeaseNumber", () => {
  it.each([
    ["the first one", 0, wallMs, seconds],
    ["one after an older one", 5 * secretRange + 7, wallMs, seconds],
    ["another in the same second", seconds * secretRange + 7, wallMs, seconds + 1],
    ["one after the clock jumped back", (seconds + 99) * secretRange, wallMs, seconds + 100],
    ["one with a clock that makes no sense", 5 * secretRange, Date.UTC(9999, 0), 6],
    ["one with no clock", 5 * secretRange, Number.NaN, 6],
    ["one with a clock before 1970", 0, -5000, 1],
  ])("gives %s", (_what, last, clockMs, count) => {
    const next = nextLeaseNumber(last, clockMs, 12_345);
    expect(next).toBe(count * secretRange + 12_345);
    expect(next).toBeGreaterThan(last);
    expect(Number.isSafeInteger(next)).toBe(true);
  });

  it("stays exact until 2242", () => {
    expect(Number.isSafeInteger(nextLeaseNumber(0, Date.UTC(2242, 0), secretRange - 1))).toBe(true);
  });
});
