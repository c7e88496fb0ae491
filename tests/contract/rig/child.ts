import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { cleanEnv } from "../../rig/clean-env.ts";

/**
 * Runs "$@" and ends it when fd 3 closes, which happens at the latest when this process is gone. So a broken-off test run leaves nothing behind.
 * The watcher is ended when the command ends by itself.
 */
const leash = `
exec 4<&0 </dev/null
( exec "$@" ) <&4 3<&- 4<&- & command=$!
( read -r nothing <&3; kill -KILL $command ) >/dev/null 2>&1 & watcher=$!
exec 4<&- >/dev/null 2>&1
wait $command; status=$?
kill -KILL $watcher
exit $status
`;

/** Bytes of output that are kept for an error message. */
const maxKeptChars = 20_000;

/** A program of a test. */
export type Child = {
  /** What it wrote to stderr, and to stdout unless that is piped, cut at the front. */
  output(): string;
  readonly stdout: Readable | null;
  /** Resolves with the exit code; 128+n for signal n. */
  readonly exited: Promise<number>;
  running(): boolean;
  /** Kills it at once. */
  stop(): Promise<void>;
};

/** Starts a program. */
export function startChild(command: string, args: readonly string[], options: { readonly pipeStdout?: boolean } = {}): Child {
  const child: ChildProcess = spawn("/bin/sh", ["-c", leash, "sh", command, ...args], {
    env: cleanEnv(),
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-maxKeptChars);
  };
  child.stderr?.on("data", keep);
  if (options.pipeStdout !== true) {
    child.stdout?.on("data", keep);
  }
  let code: number | null = null;
  const exited = new Promise<number>((resolve) => {
    child.once("close", (status) => {
      code = status ?? -1;
      resolve(code);
    });
    child.once("error", (error) => {
      output += String(error);
      code = -1;
      resolve(code);
    });
  });
  const lifeline = child.stdio[3];
  lifeline?.on("error", () => undefined);
  return {
    output: () => output,
    stdout: child.stdout,
    exited,
    running: () => code === null,
    stop: async () => {
      lifeline?.destroy();
      await exited;
    },
  };
}
