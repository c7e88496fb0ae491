import { describe, expect, it } from "vitest";
import { formatEngineVersion, isAtLeast, oldestVersion, parseEngineVersion } from "./engine-version.ts";

describe("engine versions", () => {
  it.each([
    ["v1.20.1\n", "1.20.1"],
    ["1.18.2", "1.18.2"],
    ["v1.20.1-4-gabcdef", "1.20.1"],
    ["v1.21.0+rc1", "1.21.0"],
  ])("reads %j", (text, version) => {
    const parsed = parseEngineVersion(text);
    expect(parsed === null ? null : formatEngineVersion(parsed)).toBe(version);
  });

  it.each(["", "mediamtx", "v1.20", "1.20.1 2.0.0", "v1.20.1x", "99999.0.0"])("refuses %j", (text) => {
    expect(parseEngineVersion(text)).toBeNull();
  });

  it.each([
    [{ major: 1, minor: 18, patch: 0 }, false],
    [{ major: 1, minor: 18, patch: 1 }, true],
    [{ major: 1, minor: 9, patch: 9 }, false],
    [{ major: 1, minor: 20, patch: 0 }, true],
    [{ major: 2, minor: 0, patch: 0 }, true],
    [{ major: 0, minor: 99, patch: 9 }, false],
  ])("%j is new enough: %s", (version, enough) => {
    expect(isAtLeast(version, oldestVersion)).toBe(enough);
  });
});
