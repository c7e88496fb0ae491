import { spawn } from "node:child_process";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import type { Cleanup } from "../rig/cleanup.ts";

/** A span of time in which a program of the load counts. */
export type Count = {
  readonly tookS: number;
  /** The program's own use of processors in it: 1 for one that is busy all the time. */
  readonly loadCpu: number;
};

/**
 * Runs one program of the load in a process of its own, so that its work is not in what gets measured. The job goes by stdin, since it
 * holds secrets.
 * @param onBegin called when it begins to count
 * @throws Error when the process ends without a result
 */
export async function runProgram<Result>(program: string, job: object, cleanup: Cleanup, onBegin: () => void): Promise<Result> {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = cleanup.add(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  child.stdin.end(JSON.stringify(job));
  try {
    for await (const line of createInterface(child.stdout)) {
      if (line !== "begin") {
        return JSON.parse(line) as Result;
      }
      onBegin();
    }
  } finally {
    await end();
  }
  throw new Error(`${basename(program)} ended without a result.`);
}

/** In such a program: the job that it was given. */
export async function readJob<Job>(): Promise<Job> {
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
  }
  return JSON.parse(text) as Job;
}

/** In such a program: says that it begins to count, and how long `counting` took. */
export async function countWhile(counting: () => Promise<unknown>): Promise<Count> {
  process.stdout.write("begin\n");
  const beganMs = performance.now();
  const before = process.cpuUsage();
  await counting();
  const tookS = (performance.now() - beganMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { tookS, loadCpu: (user + system) / 1e6 / tookS };
}

/** In such a program: tells the result, and ends. */
export function tellResult(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
