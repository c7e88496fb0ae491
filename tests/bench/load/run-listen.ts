import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Cleanup } from "../rig/cleanup.ts";

/** What the listeners' process is to do. `topic` null: they are connected and hear nothing. The tokens, used in turn, go by stdin. */
export type ListenJob = {
  readonly port: number;
  readonly user: string;
  readonly tokens: readonly string[];
  readonly topic: string | null;
  readonly clients: number;
  readonly seconds: number;
};

/** What they heard while it counted: messages per second in all, ages in ms, and how many were still connected. `loadCpu`: 1 is one processor. */
export type ListenResult = {
  readonly perS: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly left: number;
  /** How long it took until all were connected, s. */
  readonly joinedS: number;
  readonly loadCpu: number;
};

const program = fileURLToPath(new URL("./listen.ts", import.meta.url));

/**
 * Runs listeners in a process of their own.
 * @param onBegin called when counting begins
 * @throws Error when the process ends without a result
 */
export async function runListen(job: ListenJob, cleanup: Cleanup, onBegin: () => void): Promise<ListenResult> {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = cleanup.add(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  child.stdin.end(JSON.stringify(job));
  let result: ListenResult | null = null;
  for await (const line of createInterface(child.stdout)) {
    if (line === "begin") {
      onBegin();
    } else {
      result = JSON.parse(line) as ListenResult;
      break;
    }
  }
  await end();
  if (result === null) {
    throw new Error("The listeners ended without a result.");
  }
  return result;
}
