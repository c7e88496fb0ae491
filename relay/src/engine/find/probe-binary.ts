import { execFile } from "node:child_process";
import type { Probe } from "./choose-engine.ts";
import { parseEngineVersion } from "./engine-version.ts";

/** Longest time that a binary may take to say its version, in ms. A cold start from an SD card takes under one second. */
export const probeTimeoutMs = 10_000;

/** More output than this, in bytes, is no version. */
const maxOutputBytes = 4096;

/** Where to look a bare command name up, instead of this process's own PATH. */
export type ProbeOptions = { readonly searchPath?: string; readonly timeoutMs?: number };

const notMediamtx = "does not answer --version as MediaMTX does";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "may not be run (permission denied)",
  ENOEXEC: "is not a program for this machine",
  EISDIR: "is a folder",
  ERR_CHILD_PROCESS_STDIO_MAXBUFFER: notMediamtx,
};

/** Runs `<command> --version`. A path or a name to look up on PATH; never throws. */
export function probeBinary(command: string, options: ProbeOptions = {}): Promise<Probe> {
  const timeoutMs = options.timeoutMs ?? probeTimeoutMs;
  const env = options.searchPath === undefined ? {} : { env: { PATH: options.searchPath } };
  return new Promise((resolve) => {
    const limits = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes, windowsHide: true } as const;
    const done = (error: (Error & { code?: number | string | null; killed?: boolean }) | null, stdout: string): void => {
      const version = parseEngineVersion(stdout);
      if (error !== null) {
        resolve(explainFailure(error, timeoutMs));
      } else {
        resolve(version === null ? { kind: "unfit", reason: notMediamtx } : { kind: "runs", version });
      }
    };
    execFile(command, ["--version"], { ...env, ...limits }, done);
  });
}

function explainFailure(error: Error & { code?: number | string | null; killed?: boolean }, timeoutMs: number): Probe {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return { kind: "absent" };
  }
  if (error.killed === true && error.code !== "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
    return { kind: "unfit", reason: `did not answer --version within ${timeoutMs / 1000} s` };
  }
  const known = reasons[String(error.code)];
  return { kind: "unfit", reason: known ?? `does not run (--version ended with ${String(error.code ?? "a signal")})` };
}
