import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Cleanup } from "./rig/test-stack.ts";
import { allowedUdpReadBufferBytes, saveConfig } from "./save-config.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe("saving the settings file", () => {
  it("makes folder and file for the owner alone, and replaces the whole file", async () => {
    const folder = join(await cleanup.folder(), "engine");
    const file = join(folder, "mediamtx.yml");
    await saveConfig(file, "first and longer");
    await saveConfig(file, "second");
    expect(await readFile(file, "utf8")).toBe("second");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(["mediamtx.yml"]);
  });

  it("gives a file that was open to all back to its owner alone", async () => {
    const file = join(await cleanup.folder(), "mediamtx.yml");
    await writeFile(file, "old", { mode: 0o644 });
    await saveConfig(file, "new");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("leaves no part behind when the file can't take its place", async () => {
    const folder = await cleanup.folder();
    await mkdir(join(folder, "mediamtx.yml", "inside"), { recursive: true });
    await expect(saveConfig(join(folder, "mediamtx.yml"), "x")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["mediamtx.yml"]);
  });
});

describe("the read buffer that may be asked for", () => {
  it.each([
    ["4194304\n", 1_048_576],
    ["212992\n", 212_992],
    ["0\n", 0],
    ["nonsense", 0],
  ])("limit %j gives %s", async (limit, bytes) => {
    const file = join(await cleanup.folder(), "rmem_max");
    await writeFile(file, limit);
    expect(await allowedUdpReadBufferBytes(1_048_576, file)).toBe(bytes);
  });

  it("is the system's own where the limit is unknown", async () => {
    expect(await allowedUdpReadBufferBytes(1_048_576, "/nonexistent")).toBe(0);
  });
});
