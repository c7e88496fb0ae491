import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Cleanup } from "../rig/test-stack.ts";
import { probeBinary } from "./probe-binary.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function script(text: string, mode = 0o755): Promise<string> {
  const file = join(await cleanup.folder(), "mediamtx");
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

describe("asking a binary for its version", () => {
  it("takes the version of one that runs, by path and by name on PATH", async () => {
    const file = await script('#!/bin/sh\n[ "$1" = --version ] && echo v1.20.1\n');
    const runs = { kind: "runs", version: { major: 1, minor: 20, patch: 1 } };
    expect(await probeBinary(file)).toEqual(runs);
    expect(await probeBinary("mediamtx", { searchPath: join(file, "..") })).toEqual(runs);
  });

  it("tells a missing one from one that is no good", async () => {
    expect(await probeBinary("/nonexistent/mediamtx")).toEqual({ kind: "absent" });
    expect(await probeBinary("mediamtx", { searchPath: await cleanup.folder() })).toEqual({ kind: "absent" });
  });

  it.each([
    ["says something else", "#!/bin/sh\necho hello\n", "does not answer --version as MediaMTX does"],
    ["fails", "#!/bin/sh\necho v1.20.1\nexit 3\n", "does not run (--version ended with 3)"],
    ["talks without end", "#!/bin/sh\nyes v1.20.1\n", "does not answer --version as MediaMTX does"],
    ["hangs", "#!/bin/sh\nexec sleep 60\n", "did not answer --version within 0.3 s"],
  ])("refuses one that %s", async (_what, text, reason) => {
    expect(await probeBinary(await script(text), { timeoutMs: 300 })).toEqual({ kind: "unfit", reason });
  });

  it("refuses a folder and a file that may not be run", async () => {
    const folder = join(await cleanup.folder(), "mediamtx");
    await mkdir(folder);
    expect(await probeBinary(folder)).toMatchObject({ kind: "unfit" });
    expect(await probeBinary(await script("#!/bin/sh\n", 0o644))).toEqual({
      kind: "unfit",
      reason: "may not be run (permission denied)",
    });
  });
});
