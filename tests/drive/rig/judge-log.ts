import { driveLimits } from "@helmcast/config";
import type { CarEntry } from "./car-log.ts";
import type { Sent } from "./driver.ts";

/** Longest silence with throttle, as the agent and the motors have it, ms. */
export const softMs = 250;
/** What a machine with other work may add, ms. */
const slackMs = 150;

/** What an observer holds against a drive, of how many leases he saw commands obeyed, and how many lines had throttle. */
export type LogJudgement = { readonly faults: readonly string[]; readonly leases: number; readonly driven: number };

/**
 * Judges a car's log by nothing but what was sent. Each command has a steering of its own, which the log repeats, so that each line names the
 * command that it obeys. Pure.
 */
export function judgeLog(log: readonly CarEntry[], sent: readonly Sent[]): LogJudgement {
  const bySteer = new Map(sent.map((command) => [command.steer, command]));
  const faults: string[] = [];
  const leases = new Set<number>();
  let newest: Sent | null = null;
  let driven = 0;
  for (const [index, entry] of log.entries()) {
    if (entry.throttle === 0) {
      continue;
    }
    driven += 1;
    const command = bySteer.get(entry.steer);
    const where = `line at ${entry.atMs.toFixed(0)} with ${entry.throttle}`;
    if (command === undefined) {
      faults.push(`${where}: nobody sent it`);
      continue;
    }
    leases.add(command.lease);
    const ageMs = entry.atMs - command.atMs;
    const lastsMs = (log[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - entry.atMs;
    const isOlder: boolean =
      newest !== null && (command.lease < newest.lease || (command.lease === newest.lease && command.seq < newest.seq));
    for (const [isWrong, why] of [
      [ageMs > driveLimits.maxLoopMs + softMs + slackMs, `its command was sent ${ageMs.toFixed(0)} ms before`],
      [lastsMs > softMs + slackMs, `it lasts ${lastsMs.toFixed(0)} ms`],
      [Math.sign(entry.throttle) !== Math.sign(command.throttle), "it goes the other way than its command"],
      [Math.abs(entry.throttle) > Math.abs(command.throttle), "it is more than its command"],
      [isOlder, "a newer command, or one of a newer lease, was obeyed before"],
    ] as const) {
      if (isWrong) {
        faults.push(`${where}: ${why}`);
      }
    }
    newest = isOlder ? newest : command;
  }
  return { faults, leases: leases.size, driven };
}
