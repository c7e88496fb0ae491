import { fileURLToPath } from "node:url";
import { type Clock, type Log, type Service, Supervisor } from "@helmcast/runtime";
import type { DriveCommand } from "../command/accept-command.ts";
import { machineMs } from "./machine-clock.ts";

/** What the agent's side of the motors needs. `onLost` is called when the motor process ended by itself. */
export type MotorProcessOptions = {
  readonly logFile: string | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onLost: () => void;
};

/** Bytes that may wait for the motor process. A command is 60 bytes; a process that takes none is stuck, and old commands must not pile up. */
const maxWaitingBytes = 400;

/** The agent's side of the motor process: starts it, brings it back, and passes commands on. */
export class MotorProcess implements Service {
  readonly name = "motors";
  readonly #supervisor: Supervisor;

  /** @param options see {@link MotorProcessOptions} */
  constructor(options: MotorProcessOptions) {
    const script = fileURLToPath(new URL(`./motor-child${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
    this.#supervisor = new Supervisor({
      name: "motors",
      spec: () => ({
        name: "motors",
        command: process.execPath,
        args: [script, "simulated", ...(options.logFile === null ? [] : [options.logFile])],
        stdin: "pipe",
        stopGraceMs: 1000,
      }),
      ready: { kind: "line", matches: (line) => line === "ready" },
      readyTimeoutMs: 10_000,
      backoff: { firstMs: 200, maxMs: 5000, factor: 2, jitter: 0.5, resetAfterMs: 10_000 },
      clock: options.clock,
      random: options.random,
      log: options.log,
      onDied: () => options.onLost(),
    });
  }

  /** Resolves when the motors are held, in neutral. */
  start(): Promise<void> {
    return this.#supervisor.start();
  }

  /** Ends the motor process, which neutralises first. */
  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  /** Passes an output on. It is dropped when the process does not take them; its own timer then stops the motors. */
  apply(output: DriveCommand): void {
    const stdin = this.#supervisor.child?.stdin;
    if (stdin?.writable && stdin.writableLength < maxWaitingBytes) {
      stdin.write(`${JSON.stringify({ atMs: machineMs(), throttle: output.throttle, steer: output.steer })}\n`);
    }
  }
}
