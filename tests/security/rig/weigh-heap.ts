import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../contract/rig/wait.ts";

/** Weighs what a gateway holds on to, beside what its collector has not come to yet. */
export type HeapScale = {
  /** For the gateway's start. */
  readonly env: Readonly<Record<string, string>>;
  /** What is left in a process after a whole collection, in MiB. */
  weighMib(pid: number): Promise<number>;
  stop(): void;
};

/** Makes one for one gateway. */
export function createHeapScale(): HeapScale {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-heap-"));
  const file = join(folder, "heap");
  return {
    env: { NODE_OPTIONS: `--import=${fileURLToPath(new URL("./weigh-heap.mjs", import.meta.url))}`, HEAP_FILE: file },
    async weighMib(pid) {
      rmSync(file, { force: true });
      process.kill(pid, "SIGUSR2");
      await waitFor("the gateway's heap", () => existsSync(file));
      return Number(readFileSync(file, "utf8")) / 1024 / 1024;
    },
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}
