import { describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

describe("readOptions", () => {
  it("measures everything by default", () => {
    expect(readOptions([])).toEqual({ kind: "run", options: { seconds: 8, engines: ["embedded", "mediamtx"] } });
  });

  it("takes a time and one engine", () => {
    const reading = readOptions(["--seconds", "20", "--engines", "mediamtx"]);
    expect(reading).toEqual({ kind: "run", options: { seconds: 20, engines: ["mediamtx"] } });
  });

  it.each([
    [["--seconds", "0"], "--seconds is 0"],
    [["--seconds", "soon"], "--seconds is soon"],
    [["--engines", "vlc"], '"vlc"'],
    [["--wrong"], "--wrong"],
  ])("refuses %j with a sentence", (argv, part) => {
    const reading = readOptions(argv);
    expect(reading.kind === "fault" ? reading.sentence : "").toContain(part);
  });

  it("knows --help", () => {
    expect(readOptions(["-h"])).toEqual({ kind: "help" });
  });
});
