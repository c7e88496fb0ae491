import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CameraSettings, loadEdgeSettings } from "@helmcast/config/load";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseScanCamera } from "./choose-camera.ts";
import { isReadableOnTheWay } from "./clear-text.ts";
import { parseEnrolArguments, readRelayAddress } from "./parse-arguments.ts";
import { reserveSecretFile } from "./secret-file.ts";
import { findSettings, listNeededChanges, writeFirstSettings } from "./settings-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "helmcast-enrol-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("parseEnrolArguments", () => {
  it("reads all of them", () => {
    const words = ["--relay", "http://relay:8080", "--code=abcd efgh", "--config", "e.yaml", "--secret-file", "s", "--replace"];
    expect(parseEnrolArguments(words)).toEqual({
      ok: true,
      arguments: {
        relay: "http://relay:8080",
        code: "abcd efgh",
        config: "e.yaml",
        secretFile: "s",
        video: null,
        scan: false,
        replace: true,
      },
    });
    expect(parseEnrolArguments(["--video", "/dev/video2"])).toMatchObject({ ok: true, arguments: { scan: true, config: "edge.yaml" } });
  });

  it.each<[string, RegExp]>([
    ["--code ABCD-EFG0", /no 0, O, 1, I or L/],
    ["--relay relay.example", /--relay is no address/],
    ["--relay http://me:pw@relay", /without user and password/],
    ["--code ABCD-EFGH --scan", /exclude each other/],
    ["--video video0", /--video is no camera/],
    ["--video /dev/../etc/passwd", /--video is no camera/],
    ["--colour red", /--colour/],
    ["--code", /--code/],
    ["ABCD-EFGH", /ABCD-EFGH/],
  ])("refuses %s", (words, fault) => {
    const parsed = parseEnrolArguments(words.split(" "));
    expect(parsed.ok ? "" : parsed.faults.join()).toMatch(fault);
    expect(parsed.ok ? "" : parsed.faults.join()).not.toContain("pw");
  });

  it("takes of an address what names the relay", () => {
    expect(readRelayAddress("https://Relay.Example/#/share/x")).toBe("https://relay.example");
    expect(["", "ftp://x", "http://", "https://a:b@c", "x"].map(readRelayAddress)).toEqual([null, null, null, null, null]);
  });
});

describe("isReadableOnTheWay", () => {
  it.each<[string, boolean]>([
    ["https://relay.example", false],
    ["http://relay.example", true],
    ["http://203.0.113.7:8080", true],
    ["http://[2001:db8::1]", true],
    ["http://172.32.0.1", true],
    ["http://11.0.0.1", true],
    ["http://localhost.example.com", true],
    ["http://10.example.com", true],
    ["http://localhost:8080", false],
    ["http://127.0.0.1", false],
    ["http://[::1]:8080", false],
    ["http://10.1.2.3", false],
    ["http://172.31.255.1", false],
    ["http://192.168.1.5:8080", false],
    ["http://100.100.1.1", false],
    ["http://[fd00::5]", false],
    ["http://[::ffff:10.0.0.1]", false],
    ["http://[::ffff:203.0.113.7]", true],
    ["http://relay", false],
    ["http://relay.local", false],
  ])("%s: %s", (url, readable) => {
    expect(isReadableOnTheWay(url)).toBe(readable);
  });
});

describe("chooseScanCamera", () => {
  const picture = { width: 640, height: 480, fps: 30 };
  const camera = (id: string, source: CameraSettings["source"]): CameraSettings => ({
    id,
    source,
    bitrateKbps: 1500,
    gopMs: 500,
    stamp: true,
  });
  const made = [camera("test", { type: "test", ...picture }), camera("car", { type: "simulated-drive", ...picture, logFile: "car.jsonl" })];

  it("looks through a camera that shows the world", () => {
    const real = camera("csi", { type: "exec", command: ["film"], format: "rawvideo", pixelFormat: "nv12", ...picture });
    expect(chooseScanCamera(null, [...made, real])).toMatchObject({ feeder: ["film"] });
    expect(chooseScanCamera("/dev/null", [...made, real])).toMatchObject({ inputUrl: "/dev/null", feeder: null });
  });

  it("never takes a picture that the agent makes itself", () => {
    let input: { feeder: unknown } = { feeder: null };
    try {
      input = chooseScanCamera(null, made);
    } catch (error) {
      expect(error).toMatchObject({ code: "HC_EDGE_SCAN_CAMERA" });
    }
    expect(input.feeder).toBeNull();
  });
});

describe("reserveSecretFile", () => {
  const mode = async (path: string) => (await stat(path)).mode & 0o777;

  it("makes the folder for its owner only, and the file with its secret in one step", async () => {
    const path = join(folder, "new", "deep", "device.secret");
    const file = await reserveSecretFile(path, false);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
    await file.commit("the-secret");
    expect([await mode(path), await mode(join(folder, "new", "deep"))]).toEqual([0o600, 0o700]);
    expect(await readFile(path, "utf8")).toBe("the-secret\n");
    await file.discard();
    expect(await readdir(join(folder, "new", "deep"))).toEqual(["device.secret"]);
  });

  it("leaves nothing behind when the code was refused, and leaves a folder's mode alone", async () => {
    await mkdir(join(folder, "mine"), { mode: 0o755 });
    await (await reserveSecretFile(join(folder, "mine", "s"), false)).discard();
    expect([await readdir(join(folder, "mine")), await mode(join(folder, "mine"))]).toEqual([[], 0o755]);
  });

  it("never overwrites what is there, also when it came in between", async () => {
    const path = join(folder, "s");
    const early = await reserveSecretFile(path, false);
    await writeFile(path, "old", { mode: 0o644 });
    await expect(early.commit("new")).rejects.toMatchObject({ code: "HC_EDGE_SECRET_EXISTS" });
    await early.discard();
    await expect(reserveSecretFile(path, false)).rejects.toMatchObject({
      code: "HC_EDGE_SECRET_EXISTS",
      message: expect.stringContaining("--replace"),
    });
    expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["old", ["s"]]);
    const late = await reserveSecretFile(path, true);
    await late.commit("new");
    expect([await readFile(path, "utf8"), await mode(path), await readdir(folder)]).toEqual(["new\n", 0o600, ["s"]]);
  });

  it("replaces files only, and says where it cannot write", async () => {
    await mkdir(join(folder, "folder"));
    await symlink("/etc/hostname", join(folder, "link"));
    for (const name of ["folder", "link"]) {
      await expect(reserveSecretFile(join(folder, name), true)).rejects.toMatchObject({ code: "HC_EDGE_SECRET_EXISTS" });
    }
    await writeFile(join(folder, "file"), "");
    await expect(reserveSecretFile(join(folder, "file", "s"), false)).rejects.toMatchObject({ code: "HC_EDGE_FILE_NOT_WRITTEN" });
  });
});

describe("the settings file", () => {
  const enrolled = { site: "demo", device: "rover", relayUrl: "https://relay.example" };
  const load = (path: string) => loadEdgeSettings({ argv: ["--config", path], env: {}, cwd: folder });

  it("is written as small as the agent takes it, and never over another", async () => {
    const path = join(folder, "edge.yaml");
    expect(findSettings({ path, env: {}, cwd: folder })).toEqual({ kind: "none" });
    const secretFile = join(folder, ".helmcast", "device.secret");
    await writeFirstSettings(path, { ...enrolled, secretFile });
    expect(await readFile(path, "utf8")).toContain('secretFile: ".helmcast/device.secret"');
    expect(load(path)).toMatchObject({
      ok: true,
      settings: { site: "demo", device: "rover", relay: { url: "https://relay.example", secretFile }, cameras: [{ id: "front" }] },
    });
    await expect(writeFirstSettings(path, { ...enrolled, secretFile })).rejects.toMatchObject({ code: "HC_EDGE_FILE_NOT_WRITTEN" });
  });

  it("of a person stays theirs: what has to change is said", async () => {
    const path = join(folder, "own.yaml");
    await writeFile(path, "device: picarx\ncameras: [{ id: left, source: { type: test } }]\n");
    const secretFile = "/elsewhere/s";
    const found = findSettings({ path, env: {}, cwd: folder });
    expect(found).toMatchObject({ kind: "found", relay: null, settings: { cameras: [{ id: "left" }] } });
    const changes = found.kind === "found" ? listNeededChanges(path, found, { ...enrolled, secretFile }) : [];
    expect(changes).toEqual(["device: rover", 'relay: { url: "https://relay.example", secretFile: "/elsewhere/s" }']);
    await writeFile(path, `${changes.join("\n")}\ncameras: []\n`);
    const mended = findSettings({ path, env: {}, cwd: folder });
    expect(mended.kind === "found" ? listNeededChanges(path, mended, { ...enrolled, secretFile }) : ["no settings"]).toEqual([]);
    await writeFile(path, "cameras: 7\n");
    expect(findSettings({ path, env: {}, cwd: folder })).toMatchObject({
      kind: "faulty",
      faults: expect.arrayContaining([expect.stringContaining("cameras")]),
    });
  });
});
