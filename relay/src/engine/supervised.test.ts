import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { engineCommand } from "./supervised.ts";

describe("the engine's command", () => {
  it("is the binary with the settings file", () => {
    const version = { major: 1, minor: 20, patch: 1 };
    expect(engineCommand({ kind: "mediamtx", path: "/opt/mediamtx", version, why: "" }, "/data/mediamtx.yml", "/node")).toEqual({
      command: "/opt/mediamtx",
      args: ["/data/mediamtx.yml"],
    });
  });

  it("is the embedded relay on the same Node, from the folder beside this one", () => {
    const { command, args } = engineCommand({ kind: "embedded", path: null, version: null, why: "" }, "/data/mediamtx.yml", "/node");
    const [script = "", file] = args;
    expect(command).toBe("/node");
    expect(script).toMatch(/\/embedded\/main\.ts$/);
    expect(existsSync(dirname(script))).toBe(true);
    expect(file).toBe("/data/mediamtx.yml");
  });
});
