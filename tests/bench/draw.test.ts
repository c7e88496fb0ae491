import { describe, expect, it } from "vitest";
import { drawChart, drawTable } from "./draw.ts";

describe("drawTable", () => {
  it("puts names to the left and figures to the right", () => {
    const lines = drawTable([
      ["relay", "age"],
      ["one", "7"],
      ["longer", "120"],
    ]).split("\n");
    expect(lines).toEqual(["relay   age", "------  ---", "one       7", "longer  120"]);
  });
});

describe("drawChart", () => {
  it("draws bars in proportion", () => {
    const lines = drawChart("Requests", [
      ["a", 100, "100/s"],
      ["bb", 50, "50/s"],
      ["c", 0, "none"],
    ]).split("\n");
    expect(lines).toEqual(["Requests", `  a   ${"#".repeat(40)} 100/s`, `  bb  ${"#".repeat(20)} 50/s`, "  c   none"]);
  });

  it("stands values of nothing", () => {
    expect(drawChart("x", [["a", 0, "0"]])).toBe("x\n  a  0");
  });
});
