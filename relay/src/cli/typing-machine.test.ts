import { describe, expect, it } from "vitest";
import { nothingTyped, typeKeys } from "./typing-machine.ts";

const up = "\u001b[A";
const f5 = "\u001b[15~";
const home = "\u001bOH";

describe("typeKeys", () => {
  it.each([
    ["a line", ["secret\r"], "secret", "entered"],
    ["a line in pieces", ["sec", "ret", "\n"], "secret", "entered"],
    ["nothing yet", ["sec"], "sec", null],
    ["an empty line", ["\r"], "", "entered"],
    ["the erase key", ["secx\u007fret\r"], "secret", "entered"],
    ["the erase key on nothing", ["\u007f\bs\r"], "s", "entered"],
    ["the erase key on a character of two units", ["a💥\u007fb\r"], "ab", "entered"],
    ["Ctrl-U", ["wrong\u0015right\r"], "right", "entered"],
    ["Ctrl-C", ["sec\u0003"], "sec", "cancelled"],
    ["Ctrl-D", ["\u0004"], "", "cancelled"],
    ["keys after the end", ["one\rtwo\r"], "one", "entered"],
    ["arrows and function keys", [`se${up}c${f5}r${home}et\r`], "secret", "entered"],
    ["an arrow in pieces", ["se\u001b", "[", "Acret\r"], "secret", "entered"],
    ["other control keys", ["se\u0001\tcret\r"], "secret", "entered"],
    ["letters of all kinds", ["Grüße 日本\r"], "Grüße 日本", "entered"],
  ])("takes in %s", (_what, chunks, text, end) => {
    expect(chunks.reduce((typing, keys) => typeKeys(typing, keys).typing, nothingTyped)).toMatchObject({ text, end });
  });

  it("gives back what came after the line", () => {
    expect(typeKeys(nothingTyped, "one\rtwo\rthree")).toMatchObject({ typing: { text: "one" }, rest: "two\rthree" });
  });

  it("keeps a bounded line", () => {
    expect(typeKeys(nothingTyped, "x".repeat(5000)).typing.text).toHaveLength(1024);
  });
});
