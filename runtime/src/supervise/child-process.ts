import { type ChildProcess, spawn } from "node:child_process";
import { Duplex, type Readable, type Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { createLineSplitter } from "../line-splitter.ts";
import type { Log } from "../log.ts";
import { withoutSecrets } from "./child-environment.ts";
import { type ChildExit, describeExit, notStartedCode, readShellStatus } from "./child-exit.ts";
import { lifelineScript } from "./lifeline-script.ts";

/** What to run and how. */
export type ChildSpec = {
  /** For the log. */
  readonly name: string;
  /** A program's path, or a name looked up on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** The child's whole environment. Left out: this process's own, which holds no secret after {@link forgetSecrets}. Variables with a secret's name are left out of what is given here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default `ignore`: the child reads /dev/null. */
  readonly stdin?: "ignore" | "pipe";
  /** Default `lines`: to `onLine`. `pipe`: raw bytes on {@link RunningChild.stdout}, which the owner has to read. */
  readonly stdout?: "lines" | "pipe" | "ignore";
  /** Called with each line of stderr, and of stdout in the mode `lines`. Lines are at most 4096 characters long. */
  readonly onLine?: (line: string, from: "stdout" | "stderr") => void;
  /** From TERM to KILL of the whole group, ms. Default 2000. */
  readonly stopGraceMs?: number;
};

/** A child that was started. Its owner calls `stop()`; when this process dies in any way, the child's whole group is ended too. */
export type RunningChild = {
  /** The id of the child's process group; -1 when it could not be started. */
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Resolves once the child has ended, its lines are given out and its whole group is gone. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** TERM to the group, KILL after the grace. Resolves like `exited`. Calling it again does no harm. */
  stop(): Promise<ChildExit>;
};

/** Default from TERM to KILL: ffmpeg and MediaMTX end well within a second. */
const defaultGraceMs = 2000;

/** Wait for the last output after the end. Only a process that left the group can hold a pipe longer, and nobody waits for that one. */
const drainMs = 500;

/** The status line of the lifeline is at most this long; more is not from our script. */
const maxStatusChars = 8;

/**
 * Starts a child in its own process group, tied to this process by a lifeline (see {@link lifelineScript}). A command that does not exist
 * or can't be run is no exception: `exited` gives code 127 or 126, as in a shell, and the reason comes as a line of stderr.
 */
export function spawnChild(spec: ChildSpec, deps: { readonly log: Log; readonly clock: Clock }): RunningChild {
  const { clock } = deps;
  const log = deps.log.child({ child: spec.name });
  const process = launch(spec);
  if (process instanceof Error) {
    log.warn({ err: process }, "could not be started");
    const exit: ChildExit = { code: notStartedCode, signal: null };
    return { pid: -1, stdin: null, stdout: null, exited: Promise.resolve(exit), stop: () => Promise.resolve(exit) };
  }
  const outputs = [process.stderr, spec.stdout === "pipe" ? null : process.stdout];
  const emit = spec.onLine ?? ((line, from) => log.debug({ from }, line));
  forwardLines(process, spec, (line, from) => {
    try {
      emit(line, from);
    } catch (error) {
      log.error({ err: error }, "a listener for the child's lines failed");
    }
  });
  // A child that ends while it is written to is an ordinary end; `exited` tells it.
  process.stdin?.on("error", () => log.debug("stdin closed"));
  process.stdout?.on("error", (error) => log.debug({ err: error }, "stdout failed"));
  const exited = watchEnd(process, outputs, clock).then((exit) => {
    log.debug({ exit }, `ended: ${describeExit(exit)}`);
    return exit;
  });
  let stopping = false;
  const stop = (): Promise<ChildExit> => {
    if (!stopping) {
      stopping = true;
      signalGroup(process, "SIGTERM");
      const cancel = clock.after(spec.stopGraceMs ?? defaultGraceMs, () => signalGroup(process, "SIGKILL"));
      void exited.finally(cancel);
    }
    return exited;
  };
  return { pid: process.pid ?? -1, stdin: process.stdin, stdout: spec.stdout === "pipe" ? process.stdout : null, exited, stop };
}

function launch(spec: ChildSpec): ChildProcess | Error {
  try {
    return spawn("/bin/sh", ["-c", lifelineScript, "sh", spec.command, ...spec.args], {
      detached: true,
      stdio: [spec.stdin ?? "ignore", spec.stdout === "ignore" ? "ignore" : "pipe", "pipe", "pipe"],
      ...(spec.env === undefined ? {} : { env: withoutSecrets(spec.env) }),
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function forwardLines(process: ChildProcess, spec: ChildSpec, emit: (line: string, from: "stdout" | "stderr") => void): void {
  const connect = (stream: Readable | null, from: "stdout" | "stderr"): void => {
    const splitter = createLineSplitter((line) => emit(line, from));
    stream?.on("data", (chunk: Buffer) => splitter.push(chunk)).on("close", () => splitter.end());
  };
  connect(process.stderr, "stderr");
  if (spec.stdout !== "pipe") {
    connect(process.stdout, "stdout");
  }
}

/** The end of the shell gives the time, fd 3 gives the command's own status. Whatever is left of the group is killed. */
async function watchEnd(process: ChildProcess, outputs: ReadonlyArray<Readable | null>, clock: Clock): Promise<ChildExit> {
  const lifeline = process.stdio[3];
  let status = "";
  if (lifeline instanceof Duplex) {
    lifeline.on("data", (chunk: Buffer) => {
      status = (status + chunk.toString("latin1")).slice(0, maxStatusChars);
    });
    lifeline.on("error", () => lifeline.destroy());
  }
  const streams = [...outputs, lifeline instanceof Duplex ? lifeline : null].filter((stream) => stream !== null);
  const closed = Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.once("close", resolve))));
  const own = await new Promise<ChildExit>((resolve) => {
    process.once("exit", (code, signal) => resolve({ code, signal }));
    process.once("error", () => resolve({ code: notStartedCode, signal: null }));
  });
  signalGroup(process, "SIGKILL");
  await within(closed, drainMs, clock);
  for (const stream of streams) {
    stream.destroy();
  }
  return /^\d{1,3}\n$/.test(status) ? readShellStatus(Number(status)) : own;
}

async function within(done: Promise<unknown>, limitMs: number, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(limitMs, resolve);
    void done.then(() => {
      cancel();
      resolve();
    });
  });
}

/** A group that is gone already answers ESRCH (EPERM on macOS while only zombies are left); both mean that there is nothing to do. */
function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))) {
      throw error;
    }
  }
}
