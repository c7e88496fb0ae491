import { existsSync, readFileSync } from "node:fs";

/** One line of the simulated car's log: the machine's monotonic time, ms, and what the wheels do from then on. */
export type CarEntry = { readonly atMs: number; readonly throttle: number; readonly steer: number };

/** CLOCK_MONOTONIC of the whole machine, ms: the clock of the car's log. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** All whole lines, oldest first. */
export function readCarLog(file: string): readonly CarEntry[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line) as CarEntry);
}

/** How long after a fault the car had no throttle for good, and was neutral for good, ms. Infinity: it never was. */
export type StopTimes = { readonly softMs: number; readonly hardMs: number };

/**
 * Reads the times out of the log. A line counts only when every later line agrees with it: a stop that does not last is none. Pure.
 * @throws Error when the car stood at the fault already, so that there was nothing to stop
 */
export function readStopTimes(entries: readonly CarEntry[], faultMs: number): StopTimes {
  const before = entries.findLast((entry) => entry.atMs <= faultMs);
  if (before === undefined || before.throttle === 0) {
    const lines = entries.slice(-8).map(({ atMs, throttle }) => `${(atMs - faultMs).toFixed(0)}: ${throttle}`);
    throw new Error(`the car stood already when the fault began (ms from it, throttle: ${lines.join(", ")})`);
  }
  const sinceMs = (isDone: (entry: CarEntry) => boolean): number => {
    const lastWrong = entries.findLastIndex((entry) => !isDone(entry));
    return (entries[lastWrong + 1]?.atMs ?? Number.POSITIVE_INFINITY) - faultMs;
  };
  return { softMs: sinceMs((entry) => entry.throttle === 0), hardMs: sinceMs((entry) => entry.throttle === 0 && entry.steer === 0) };
}
