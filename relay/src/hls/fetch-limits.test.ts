import { describe, expect, it } from "vitest";
import { createFetchLimits } from "./fetch-limits.ts";

const isRefused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "HC_GATEWAY_BUSY";
  }
};

describe("createFetchLimits", () => {
  it("bounds what one viewer has fetched at a time, and lets go what has ended", () => {
    const limits = createFetchLimits();
    const leaves = Array.from({ length: 16 }, () => limits.enter("ann", "front"));
    expect(isRefused(() => limits.enter("ann", "front"))).toBe(true);
    expect(isRefused(() => limits.enter("ben", "front"))).toBe(false);
    leaves[0]?.();
    expect(isRefused(() => limits.enter("ann", "front"))).toBe(false);
    expect(isRefused(() => limits.enter("ann", "front"))).toBe(true);
  });

  it("bounds one camera, and all of them", () => {
    const limits = createFetchLimits();
    const fill = (camera: string) => {
      let count = 0;
      while (!isRefused(() => limits.enter(`${camera}${Math.floor(count / 16)}`, camera))) {
        count++;
      }
      return count;
    };
    expect(["a", "b", "c", "d"].map(fill)).toEqual([128, 128, 128, 0]);
  });
});
