import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineSplitter } from "./line-splitter.ts";

function split(chunks: readonly Buffer[], limit?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), limit);
  for (const chunk of chunks) {
    splitter.push(chunk);
  }
  splitter.end();
  return lines;
}

describe("createLineSplitter", () => {
  it.each([
    ["LF", "a\nb\n", ["a", "b"]],
    ["CRLF", "a\r\nb\r\n", ["a", "b"]],
    ["CR, as in ffmpeg's progress", "frame=1\rframe=2\r", ["frame=1", "frame=2"]],
    ["no end", "a\nb", ["a", "b"]],
    ["empty lines", "\n\na\n\n", ["a"]],
    ["nothing", "", []],
  ])("splits at %s", (_, text, lines) => {
    expect(split([Buffer.from(text)])).toEqual(lines);
  });

  it("gives the same lines however the bytes are cut, characters of several bytes included", () => {
    const text = "grüß\nGöttingen 東京\r\n🚗\n";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 60 }), (sizes) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(split([...chunks, bytes.subarray(at)])).toEqual(["grüß", "Göttingen 東京", "🚗"]);
      }),
    );
  });

  it("cuts a line that is too long and holds no more than the limit", () => {
    expect(split([Buffer.from("abc"), Buffer.from("defgh"), Buffer.from("ij\nok\n")], 5)).toEqual(["abcde…", "ok"]);
    expect(split([Buffer.from("abcde\n")], 5)).toEqual(["abcde"]);
    expect(split([Buffer.alloc(10_000_000, "x")]).map((line) => line.length)).toEqual([4097]);
  });
});
