import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type ArchiveEntry, makeArchive, makeRelease } from "../rig/make-archive.ts";
import { Cleanup } from "../rig/test-stack.ts";
import { unpackBinary } from "./unpack-binary.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function unpack(archive: Buffer, maxBytes = 10_000_000) {
  const folder = await cleanup.folder();
  await writeFile(join(folder, "archive"), archive);
  const file = join(folder, "inside", "..", "binary");
  return { result: await unpackBinary(join(folder, "archive"), join(folder, "binary"), maxBytes), file, folder };
}

describe("unpacking a release", () => {
  it("takes the binary and nothing else", async () => {
    const content = "x".repeat(3_000_001);
    const { result, folder } = await unpack(makeRelease(content));
    expect(result).toEqual({ ok: true, bytes: content.length });
    expect(await readFile(join(folder, "binary"), "utf8")).toBe(content);
    await expect(access(join(folder, "LICENSE"))).rejects.toThrow();
  });

  const refused: Array<[what: string, entries: ArchiveEntry[], reason: string]> = [
    ["no binary", [{ path: "LICENSE", content: "MIT" }], "holds no mediamtx"],
    ["a binary in a folder", [{ path: "bin/mediamtx", content: "x" }], "holds no mediamtx"],
    ["a link in place of the binary", [{ path: "mediamtx", type: "SymbolicLink" }], "holds no mediamtx"],
    ["a folder in place of the binary", [{ path: "mediamtx", type: "Directory" }], "holds no mediamtx"],
    [
      "an entry above the folder",
      [
        { path: "mediamtx", content: "x" },
        { path: "../mediamtx", content: "y" },
      ],
      "points outside",
    ],
    ["an entry with a hidden way up", [{ path: "a/../../mediamtx", content: "y" }], "points outside"],
    ["an absolute entry", [{ path: "/tmp/mediamtx", content: "y" }], "points outside"],
  ];
  it.each(refused)("refuses an archive with %s", async (_what, entries, reason) => {
    expect((await unpack(makeArchive(entries))).result).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it("refuses one that unpacks to too much, though it is small itself", async () => {
    const bomb = makeArchive([
      { path: "other", content: Buffer.alloc(5_000_000) },
      { path: "mediamtx", content: "x" },
    ]);
    expect(bomb.length).toBeLessThan(20_000);
    expect((await unpack(bomb, 1_000_000)).result).toEqual({ ok: false, reason: "the archive unpacks to more than 1000000 bytes" });
  });

  it("refuses what is cut off, changed or no archive at all", async () => {
    const whole = makeRelease("x".repeat(100_000));
    for (const bytes of [whole.subarray(0, whole.length - 20), Buffer.from("<html>"), Buffer.alloc(0)]) {
      expect((await unpack(bytes)).result).toMatchObject({ ok: false });
    }
  });

  it("never writes over a file that is there", async () => {
    const folder = await cleanup.folder();
    await writeFile(join(folder, "archive"), makeRelease("new"));
    await writeFile(join(folder, "binary"), "old");
    expect(await unpackBinary(join(folder, "archive"), join(folder, "binary"), 10_000)).toMatchObject({ ok: false });
    expect(await readFile(join(folder, "binary"), "utf8")).toBe("old");
  });
});
