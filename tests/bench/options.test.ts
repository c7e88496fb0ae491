import { describe, expect, it } from "vitest";
import { readOptions, sectionNames } from "./options.ts";

describe("readOptions", () => {
  it("measures everything by default", () => {
    expect(readOptions([])).toEqual({ kind: "run", options: { seconds: 8, engines: ["embedded", "mediamtx"], only: [...sectionNames] } });
  });

  it("takes a time and one engine", () => {
    const reading = readOptions(["--seconds", "20", "--engines", "mediamtx"]);
    expect(reading).toEqual({ kind: "run", options: { seconds: 20, engines: ["mediamtx"], only: [...sectionNames] } });
  });

  it("takes parts of it, in their own order", () => {
    const reading = readOptions(["--only", "revocation, hls-load"]);
    expect(reading.kind === "run" ? reading.options.only : []).toEqual(["hls-load", "revocation"]);
  });

  it.each([
    [["--only", "everything"], '"everything"'],
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
