import { describe, expect, it } from "vitest";
import { createSubacks } from "./subacks.ts";

describe("createSubacks", () => {
  it("puts the refused back where they were, once", () => {
    const subacks = createSubacks();
    expect(subacks.expect(7, [false, true, false, true])).toBe(true);
    expect(subacks.merge(7, [0, 1])).toEqual([128, 0, 128, 1]);
    expect(subacks.merge(7, [0])).toEqual([0]);
  });

  it("counts an answer that is too short, or no code, as a refusal", () => {
    const subacks = createSubacks();
    subacks.expect(1, [true, true]);
    expect(subacks.merge(1, [{}])).toEqual([128, 128]);
  });

  it("keeps only so many", () => {
    const subacks = createSubacks();
    const kept = Array.from({ length: 70 }, (_, id) => subacks.expect(id, [true]));
    expect(kept.indexOf(false)).toBe(64);
  });
});
