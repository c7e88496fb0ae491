import { describe, expect, it } from "vitest";
import { codeOnly, findLines, listImports, withoutComments } from "./scan.ts";

describe("scan", () => {
  it("blanks comments and keeps lines", () => {
    expect(withoutComments('a; // any\n/* b\n c */ d("// no")')).toBe('a;       \n    \n      d("// no")');
  });

  it("blanks strings, templates and regular expressions", () => {
    expect(codeOnly('x("a\\"b", `c\n//`, /["/]/g);')).not.toMatch(/[abc"`]/);
    expect(codeOnly("a / b / c")).toBe("a / b / c");
  });

  it("lists every kind of import", () => {
    const source =
      'import type { A } from "a";\nimport {\n  B,\n} from "./b.ts";\nimport "c";\nexport { D } from "d";\nawait import("./e.ts");\n// import "f"';
    expect(listImports(source)).toEqual(["a", "./b.ts", "c", "d", "./e.ts"]);
  });

  it("tells the line", () => {
    expect(findLines("a\n  b", /b/)).toEqual(["2: b"]);
  });
});
