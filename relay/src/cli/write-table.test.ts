import { describe, expect, it } from "vitest";
import { commands } from "./commands.ts";
import { writeHelp, writeOverview } from "./write-help.ts";
import { writeTable, writeTime } from "./write-table.ts";

describe("writeTable", () => {
  it("aligns its columns and leaves nothing at the ends of lines", () => {
    const rows = [
      ["a", "1", ""],
      ["longer", "22", "x"],
    ];
    expect(writeTable(["NAME", "N", "MORE"], rows, "none")).toEqual(["NAME     N    MORE", "a        1", "longer   22   x"]);
  });

  it("says that there is nothing", () => {
    expect(writeTable(["NAME"], [], "There is nothing.")).toEqual(["There is nothing."]);
  });
});

describe("writeTime", () => {
  it("shows minutes", () => {
    expect(writeTime("2026-11-21T06:31:32.123Z")).toBe("2026-11-21 06:31");
  });
});

describe("help", () => {
  it.each(["the whole", ...commands.map(({ name }) => name)])(
    "of %s wraps its paragraphs and leaves nothing at the ends of lines",
    (name) => {
      const command = commands.find((known) => known.name === name);
      const lines = (command === undefined ? writeOverview(commands) : writeHelp(command)).split("\n");
      const texts = lines.filter((line) => !line.startsWith("  npm run") && !/^ {2}[a-z]/.test(line));
      expect(texts.filter((line) => line.length > 106)).toEqual([]);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    },
  );
});
