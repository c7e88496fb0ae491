import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Cleanup } from "../rig/cleanup.ts";

/** What the load's process is to do. `headers` hold a secret, so they go by stdin. */
export type LoadJob = {
  readonly port: number;
  readonly base: string;
  readonly headers: readonly string[];
  readonly viewers: number;
  readonly seconds: number;
};

/** What it saw while it counted. `loadCpu`: its own use of processors, 1 for one of them. */
export type LoadResult = {
  readonly requestsPerS: number;
  readonly partsPerViewerPerS: number;
  readonly mebibytesPerS: number;
  readonly failed: number;
  readonly loadCpu: number;
};

const driver = fileURLToPath(new URL("./drive.ts", import.meta.url));

/**
 * Runs viewers in a process of their own.
 * @param onBegin called when counting begins
 * @throws Error when the process ends without a result
 */
export async function runLoad(job: LoadJob, cleanup: Cleanup, onBegin: () => void): Promise<LoadResult> {
  const child = spawn(process.execPath, [driver], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = cleanup.add(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  child.stdin.end(JSON.stringify(job));
  let result: LoadResult | null = null;
  for await (const line of createInterface(child.stdout)) {
    if (line === "begin") {
      onBegin();
    } else {
      result = JSON.parse(line) as LoadResult;
      break;
    }
  }
  await end();
  if (result === null) {
    throw new Error("The load ended without a result.");
  }
  return result;
}
