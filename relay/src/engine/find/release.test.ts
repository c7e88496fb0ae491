import { describe, expect, it } from "vitest";
import { archiveName, chooseTarget, findChecksum, releaseFolder } from "./release.ts";

describe("the build for a machine", () => {
  it.each([
    ["linux", "x64", null, "linux_amd64"],
    ["linux", "arm64", null, "linux_arm64"],
    ["linux", "arm", 7, "linux_armv7"],
    ["linux", "arm", 6, "linux_armv6"],
    ["linux", "arm", null, "linux_armv7"],
    ["darwin", "x64", null, "darwin_amd64"],
    ["darwin", "arm64", null, "darwin_arm64"],
  ])("%s %s %s is %s", (platform, arch, armVersion, target) => {
    expect(chooseTarget({ platform, arch, armVersion })).toEqual({ ok: true, target });
  });

  it.each([
    ["win32", "x64", "does not support Windows"],
    ["linux", "riscv64", "no build for linux on riscv64"],
    ["freebsd", "x64", "no build for freebsd on x64"],
    ["linux", "constructor", "no build"],
  ])("there is none for %s %s", (platform, arch, reason) => {
    expect(chooseTarget({ platform, arch, armVersion: null })).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it("lies where the releases lie, or at the mirror", () => {
    expect(releaseFolder(null)).toBe("https://github.com/bluenviron/mediamtx/releases/download/v1.20.1/");
    expect(releaseFolder("https://mirror.example/mtx//")).toBe("https://mirror.example/mtx/v1.20.1/");
    expect(archiveName("linux_armv7")).toBe("mediamtx_v1.20.1_linux_armv7.tar.gz");
  });
});

describe("checksum files", () => {
  const a = "a".repeat(64);
  const b = "B".repeat(64);
  it.each([
    ["binary form", `${a} *one.tar.gz\n${b} *two.tar.gz\n`, a],
    ["text form", `${a}  one.tar.gz`, a],
    ["line ends of Windows, capitals", `${b} *one.tar.gz\r\n`, "b".repeat(64)],
    ["listed twice alike", `${a} *one.tar.gz\n${a}  one.tar.gz\n`, a],
    ["listed twice differently", `${a} *one.tar.gz\n${b} *one.tar.gz\n`, null],
    ["not listed", `${a} *one.tar.gz.sig\n`, null],
    ["too short", `${a.slice(1)} *one.tar.gz\n`, null],
    ["a web page", "<html>Sign in to the network</html>", null],
  ])("%s", (_what, text, sum) => {
    expect(findChecksum(text, "one.tar.gz")).toBe(sum);
  });
});
