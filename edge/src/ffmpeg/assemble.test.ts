import { describe, expect, it } from "vitest";
import { assembleArguments, commonOptions } from "./assemble.ts";

describe("assembleArguments", () => {
  it("puts raw options in ffmpeg's order and splits nothing at spaces", () => {
    const args = assembleArguments({
      inputOptions: ["-re", "-f", "lavfi"],
      inputUrl: "testsrc2=size=64x64",
      outputOptions: ["-metadata", "title=two words", "-f", "null"],
      outputUrl: "-",
    });
    expect(args.slice(0, commonOptions.length)).toEqual(commonOptions);
    expect(args.slice(commonOptions.length).join("|")).toBe(
      "-nostdin|-re|-f|lavfi|-i|testsrc2=size=64x64|-y|-metadata|title=two words|-f|null|-",
    );
  });

  it("leaves standard input open where the frames come from it", () => {
    const args = assembleArguments({ inputOptions: [], inputUrl: "pipe:0", outputOptions: [], outputUrl: "-" });
    expect(args).not.toContain("-nostdin");
    expect(args).toContain("pipe:0");
  });

  it("refuses a lone option, which fluent-ffmpeg would split", () => {
    const plan = { inputOptions: ["-f lavfi"], inputUrl: "x", outputOptions: [], outputUrl: "-" };
    expect(() => assembleArguments(plan)).toThrow(expect.objectContaining({ code: "HC_EDGE_FFMPEG_ARGUMENTS" }));
  });
});
