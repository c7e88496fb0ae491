import { describe, expect, it } from "vitest";
import { suggest } from "./suggest.ts";

const known = ["--port", "--port-base", "--data", "--demo"];

describe("suggest", () => {
  it.each([
    ["--prot", "--port"],
    ["--PORT", "--port"],
    ["--portbase", "--port-base"],
    ["--dta", "--data"],
    ["--something-else", null],
    ["x".repeat(10_000), null],
  ])("%s", (typed, near) => {
    expect(suggest(typed, known)).toBe(near);
  });

  it("has nothing to say where nothing is known", () => {
    expect(suggest("a", [])).toBeNull();
  });
});
