import { fstatSync, openSync, writeSync } from "node:fs";
import { createLineSplitter, systemClock } from "@helmcast/runtime";
import { machineMs } from "./machine-clock.ts";
import { MotorGuard } from "./motor-guard.ts";
import { type CarLogEntry, createSimulatedMotors } from "./simulated.ts";

/** Largest log of the simulated car over all runs, bytes: about an hour of steady stick movement. */
const maxLogBytes = 10_000_000;

/**
 * The process that holds the motors. It is kept small and apart from the agent, so that an agent which blocks or dies cannot keep the vehicle
 * moving. Arguments: the kind of motors, and for simulated ones the file for the log (left out: no log).
 */
function main(): void {
  const [, , , logFile] = process.argv;
  const guard = new MotorGuard(createSimulatedMotors(createLogWriter(logFile)), { ...systemClock, monotonicMs: machineMs });
  const splitter = createLineSplitter((line) => guard.take(line));
  const end = (): void => {
    guard.close();
    process.exit(0);
  };
  process.stdin.on("data", (chunk: Buffer) => splitter.push(chunk));
  process.stdin.on("close", end);
  process.stdin.on("error", end);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, end);
  }
  process.on("uncaughtException", end);
  writeSync(1, "ready\n");
}

/** Written at once and synchronously: the last line before a kill is the one that matters. */
function createLogWriter(path: string | undefined): (entry: CarLogEntry) => void {
  if (path === undefined) {
    return () => undefined;
  }
  const file = openSync(path, "a", 0o600);
  let { size: bytes } = fstatSync(file);
  return (entry) => {
    if (bytes < maxLogBytes) {
      bytes += writeSync(file, `${JSON.stringify(entry)}\n`);
    }
  };
}

main();
