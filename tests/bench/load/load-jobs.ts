import { fileURLToPath } from "node:url";
import type { Cleanup } from "../rig/cleanup.ts";
import { runProgram } from "./run-program.ts";

/** What the viewers' process is to do. `headers` hold a secret. */
export type WatchJob = {
  readonly port: number;
  readonly base: string;
  readonly headers: readonly string[];
  readonly viewers: number;
  readonly seconds: number;
};

/** What they saw while it counted. `loadCpu`: their process's own use of processors, 1 for one of them. */
export type WatchResult = {
  readonly requestsPerS: number;
  readonly partsPerViewerPerS: number;
  readonly mebibytesPerS: number;
  readonly failed: number;
  readonly loadCpu: number;
};

/** What the listeners' process is to do. `topic` null: they are connected and hear nothing. The tokens are used in turn. */
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

const watchProgram = fileURLToPath(new URL("./watch-program.ts", import.meta.url));
const listenProgram = fileURLToPath(new URL("./listen-program.ts", import.meta.url));

/** LL-HLS viewers in a process of their own. @throws Error when it ends without a result */
export function runWatchers(job: WatchJob, cleanup: Cleanup, onBegin: () => void): Promise<WatchResult> {
  return runProgram<WatchResult>(watchProgram, job, cleanup, onBegin);
}

/** MQTT listeners in a process of their own. @throws Error when it ends without a result */
export function runListeners(job: ListenJob, cleanup: Cleanup, onBegin: () => void): Promise<ListenResult> {
  return runProgram<ListenResult>(listenProgram, job, cleanup, onBegin);
}
