import { describe, expect, it } from "vitest";
import { describeExit, readShellStatus } from "./child-exit.ts";

describe("readShellStatus", () => {
  it.each([
    [0, { code: 0, signal: null }],
    [1, { code: 1, signal: null }],
    [127, { code: 127, signal: null }],
    [128, { code: 128, signal: null }],
    [130, { code: null, signal: "SIGINT" }],
    [137, { code: null, signal: "SIGKILL" }],
    [143, { code: null, signal: "SIGTERM" }],
    [255, { code: 255, signal: null }],
  ])("%i", (status, exit) => {
    expect(readShellStatus(status)).toEqual(exit);
  });
});

describe("describeExit", () => {
  it("says code, signal or unknown", () => {
    expect(describeExit({ code: 3, signal: null })).toBe("code 3");
    expect(describeExit({ code: null, signal: "SIGKILL" })).toBe("signal SIGKILL");
    expect(describeExit({ code: null, signal: null })).toBe("unknown");
  });
});
