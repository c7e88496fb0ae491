import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Cleanup } from "../rig/test-stack.ts";
import { failureMemoryMs, forgetFailure, noteFailure, recallFailure } from "./failure-memory.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe("the memory of a failed download", () => {
  it("lasts ten minutes, for the same source", async () => {
    const file = join(await cleanup.folder(), "failed.json");
    await noteFailure(file, "https://a/", 1000, "no network");
    expect(await recallFailure(file, "https://a/", 1000 + failureMemoryMs - 1)).toBe("no network");
    expect(await recallFailure(file, "https://a/", 1000 + failureMemoryMs)).toBeNull();
    expect(await recallFailure(file, "https://b/", 1001)).toBeNull();
    expect(await recallFailure(file, "https://a/", 999)).toBeNull();
    await forgetFailure(file);
    expect(await recallFailure(file, "https://a/", 1001)).toBeNull();
  });

  it("does without a file that is damaged or can't be written", async () => {
    const folder = await cleanup.folder();
    await writeFile(join(folder, "failed.json"), '{"source":"https://a/","atMs":"soon"}');
    expect(await recallFailure(join(folder, "failed.json"), "https://a/", 1)).toBeNull();
    await noteFailure(join(folder, "missing", "failed.json"), "https://a/", 1, "x");
    await forgetFailure(join(folder, "missing", "failed.json"));
  });
});
