import { driveLimits } from "@helmcast/config";
import { nextLeaseNumber } from "./lease-number.ts";
import type { AskResult, DeviceLease, Driver, LeaseChange, LeaseEnd, LeaseStart } from "./lease-state.ts";
import { isSameTab, maxUnread } from "./lease-state.ts";

/** When something happens, on both clocks in ms, and fresh random bits for a number (see {@link nextLeaseNumber}). */
export type Moment = { readonly nowMs: number; readonly wallMs: number; readonly secret: number };

/** A state on its way, with what changed so far. */
export type Step = { readonly state: DeviceLease; readonly changes: readonly LeaseChange[] };

/** Ends the lease, if there is one. */
export function endLease({ state, changes }: Step, why: LeaseEnd, by: string): Step {
  const { lease } = state;
  return lease === null
    ? { state, changes }
    : { state: { ...state, lease: null }, changes: [...changes, { kind: "ended", lease, why, by }] };
}

/** Lets somebody drive under a new number. Nobody else may hold the lease. */
export function giveLease({ state, changes }: Step, holder: Driver, how: LeaseStart, moment: Moment): Step {
  const number = nextLeaseNumber(state.lastNumber, moment.wallMs, moment.secret);
  const lease = { number, holder, sinceMs: moment.nowMs, endsMs: planEnd(holder, moment.nowMs) };
  return { state: { ...state, lastNumber: number, lease }, changes: [...changes, { kind: "taken", lease, how }] };
}

/** When a lease ends that is renewed now: never later than the proof of the sign-in. */
export function planEnd(holder: Driver, nowMs: number): number {
  return Math.min(nowMs + driveLimits.leaseMs, holder.untilMs);
}

/** Ends the ask, if there is one, and leaves word to who asked. */
export function endAsk({ state, changes }: Step, result: AskResult): Step {
  const { ask } = state;
  if (ask === null) {
    return { state, changes };
  }
  const { sid, tab } = ask.by;
  const others = state.unread.filter((one) => !isSameTab(one, ask.by));
  return { state: { ...state, ask: null, unread: [...others, { sid, tab, result }].slice(-maxUnread) }, changes };
}

/** Ends the lease; whoever waits has it next. */
export function passOn(step: Step, why: LeaseEnd, by: string, moment: Moment): Step {
  const ended = endLease(step, why, by);
  const { ask } = ended.state;
  return ask === null ? ended : giveLease(endAsk(ended, "granted"), ask.by, "handed-over", moment);
}

/**
 * What time alone does: an ask of somebody who fell silent is withdrawn, a lease that was not renewed ends, an ask without an answer is granted. All of it
 * counts from now, never from the past: when the process itself stood still, nobody drove meanwhile.
 */
export function settleTime(state: DeviceLease, moment: Moment): Step {
  const { nowMs } = moment;
  const { ask } = state;
  const isQuiet = ask !== null && (nowMs >= ask.heardMs + driveLimits.leaseMs || nowMs >= ask.by.untilMs);
  const step = isQuiet ? endAsk({ state, changes: [] }, "withdrawn") : { state, changes: [] };
  const { lease } = state;
  if (lease !== null && nowMs >= lease.endsMs) {
    return passOn(step, "expired", lease.holder.name, moment);
  }
  return step.state.ask !== null && nowMs >= step.state.ask.dueMs ? passOn(step, "handed-over", step.state.ask.by.name, moment) : step;
}

/** When {@link settleTime} has something to do next, monotonic ms; null when nothing waits for time. */
export function findDueMs({ lease, ask }: DeviceLease): number | null {
  const times = [
    ...(lease === null ? [] : [lease.endsMs]),
    ...(ask === null ? [] : [ask.dueMs, ask.heardMs + driveLimits.leaseMs, ask.by.untilMs]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}
