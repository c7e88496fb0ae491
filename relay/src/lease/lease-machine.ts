import { driveLimits } from "@helmcast/config";
import type { DeviceLease, Driver, LeaseOutcome } from "./lease-state.ts";
import { isSameTab } from "./lease-state.ts";
import { endAsk, endLease, giveLease, type Moment, passOn, planEnd, type Step, settleTime } from "./lease-steps.ts";

/** What happens to the lease of one device. */
export type LeaseEvent =
  | { readonly kind: "tick" }
  | { readonly kind: "take" | "ask" | "seize"; readonly who: Driver }
  | { readonly kind: "renew" | "release"; readonly who: Driver; readonly number: number }
  | { readonly kind: "answer"; readonly who: Driver; readonly id: string; readonly grant: boolean }
  /** A tab looks how things stand; if it asked, it is still there. */
  | { readonly kind: "look"; readonly who: Driver }
  /** The lease of this number may be no longer. */
  | { readonly kind: "revoke"; readonly number: number }
  /** The relay stops. */
  | { readonly kind: "stop" };

/** A step and what is said to who wished it. */
export type LeaseStep = Step & { readonly outcome: LeaseOutcome };

const done: LeaseOutcome = { kind: "done" };

/**
 * One driver per device. Time is settled before anything else, so that an event never meets a lease or an ask that is over. A lease begins only where
 * there is none or in the same step in which the one before ends, and always under a higher number. Sources: design anchors of the edge, section 3
 * (one holder, numbers), and of the viewer, section 4 (3 s, 1 s, an ask with 10 s to answer).
 */
export function stepLease(before: DeviceLease, event: LeaseEvent, moment: Moment): LeaseStep {
  const step = settleTime(before, moment);
  switch (event.kind) {
    case "tick":
      return { ...step, outcome: done };
    case "take":
      return take(step, event.who, moment);
    case "ask":
      return ask(step, event.who, moment);
    case "seize":
      return seize(step, event.who, moment);
    case "renew":
      return renew(step, event.who, event.number, moment.nowMs);
    case "release":
      return holds(step.state, event.who, event.number)
        ? { ...passOn(step, "released", event.who.name, moment), outcome: done }
        : { ...step, outcome: { kind: "lost" } };
    case "answer":
      return answer(step, event, moment);
    case "look":
      return { ...hear(step, event.who, moment.nowMs), outcome: done };
    case "revoke":
      return { ...(step.state.lease?.number === event.number ? passOn(step, "revoked", "relay", moment) : step), outcome: done };
    case "stop":
      return { ...endLease(endAsk(step, "withdrawn"), "relay-stopped", "relay"), outcome: done };
  }
}

function take(step: Step, who: Driver, moment: Moment): LeaseStep {
  const holder = step.state.lease?.holder;
  if (holder === undefined) {
    return { ...giveLease(step, who, "free", moment), outcome: done };
  }
  // The same tab may have been loaded anew: with a new number it counts its commands from the start.
  return isSameTab(holder, who) ? switchTab(step, who, moment) : { ...step, outcome: { kind: "held", by: holder.name } };
}

function switchTab(step: Step, who: Driver, moment: Moment): LeaseStep {
  return { ...giveLease(endLease(step, "own-tab", who.name), who, "own-tab", moment), outcome: done };
}

function ask(step: Step, who: Driver, moment: Moment): LeaseStep {
  const { lease, ask: waiting, refused, asks } = step.state;
  const { nowMs } = moment;
  if (lease === null) {
    return { ...giveLease(step, who, "free", moment), outcome: done };
  }
  if (lease.holder.sid === who.sid) {
    return isSameTab(lease.holder, who) ? { ...step, outcome: done } : switchTab(step, who, moment);
  }
  if (waiting !== null) {
    return isSameTab(waiting.by, who)
      ? { ...hear(step, who, nowMs), outcome: done }
      : { ...step, outcome: { kind: "asked", by: waiting.by.name } };
  }
  if (refused !== null && refused.name === who.name && nowMs < refused.untilMs) {
    return { ...step, outcome: { kind: "refused", waitMs: refused.untilMs - nowMs } };
  }
  const unread = step.state.unread.filter((one) => !isSameTab(one, who));
  const next = { id: String(asks + 1), by: who, dueMs: nowMs + driveLimits.askMs, heardMs: nowMs };
  return { state: { ...step.state, asks: asks + 1, ask: next, unread }, changes: step.changes, outcome: done };
}

function seize(step: Step, who: Driver, moment: Moment): LeaseStep {
  const holder = step.state.lease?.holder;
  if (holder === undefined) {
    return { ...giveLease(step, who, "free", moment), outcome: done };
  }
  if (holder.sid === who.sid) {
    return switchTab(step, who, moment);
  }
  const waiting = step.state.ask;
  const quiet = endAsk(step, waiting !== null && isSameTab(waiting.by, who) ? "granted" : "withdrawn");
  return { ...giveLease(endLease(quiet, "seized", who.name), who, "seized", moment), outcome: done };
}

function renew(step: Step, who: Driver, number: number, nowMs: number): LeaseStep {
  const { lease } = step.state;
  if (lease === null || !holds(step.state, who, number)) {
    return { ...step, outcome: { kind: "lost" } };
  }
  const next = { ...lease, holder: who, endsMs: planEnd(who, nowMs) };
  return { state: { ...step.state, lease: next }, changes: [...step.changes, { kind: "renewed", lease: next }], outcome: done };
}

function answer(step: Step, event: Extract<LeaseEvent, { kind: "answer" }>, moment: Moment): LeaseStep {
  const { lease, ask: waiting } = step.state;
  const { who, id, grant } = event;
  if (waiting === null || waiting.id !== id) {
    return { ...step, outcome: { kind: "ask-gone" } };
  }
  if (!grant && isSameTab(waiting.by, who)) {
    return { ...endAsk(step, "withdrawn"), outcome: done };
  }
  if (lease === null || !isSameTab(lease.holder, who)) {
    return { ...step, outcome: { kind: "lost" } };
  }
  if (grant) {
    return { ...passOn(step, "handed-over", who.name, moment), outcome: done };
  }
  const told = endAsk(step, "refused");
  const refused = { name: waiting.by.name, untilMs: moment.nowMs + driveLimits.askMs };
  return { state: { ...told.state, refused }, changes: told.changes, outcome: done };
}

function hear({ state, changes }: Step, who: Driver, nowMs: number): Step {
  const { ask: waiting } = state;
  const isTheirs = waiting !== null && isSameTab(waiting.by, who);
  return { state: isTheirs ? { ...state, ask: { ...waiting, by: who, heardMs: nowMs } } : state, changes };
}

function holds({ lease }: DeviceLease, who: Driver, number: number): boolean {
  return lease !== null && lease.number === number && isSameTab(lease.holder, who);
}
