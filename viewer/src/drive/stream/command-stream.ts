import { driveLimits } from "@helmcast/config";

/** Neutral commands after a release, so that one lost message leaves nothing moving (viewer anchors, section 4). */
export const releaseRepeats = 3;

/** Everything the stream remembers. `neutralsLeft` counts what is left of a release's repeats. */
export type StreamState = { readonly seq: number; readonly sentAtMs: number; readonly active: boolean; readonly neutralsLeft: number };

/** What holds now. */
export type StreamFacts = { readonly nowMs: number; readonly hasLease: boolean; readonly active: boolean; readonly stampMs: number | null };

/** Pure: the stream before its first command. `firstSeq` is any whole number of at least 0. */
export function startStream(firstSeq: number): StreamState {
  return { seq: firstSeq, sentAtMs: Number.NEGATIVE_INFINITY, active: false, neutralsLeft: 0 };
}

/**
 * Pure: when the next command is due, monotonic ms; null without a lease, or before the device's stamp is known. Taking hold of the controls and
 * letting go are sent at once.
 */
export function nextCommandMs(state: StreamState, facts: StreamFacts): number | null {
  if (!facts.hasLease || facts.stampMs === null) {
    return null;
  }
  if (facts.active !== state.active) {
    return facts.nowMs;
  }
  const hz = facts.active || state.neutralsLeft > 0 ? driveLimits.activeHz : driveLimits.restingHz;
  return state.sentAtMs + 1000 / hz;
}

/** Pure: the stream after a command was handed on (`sent`), or was dropped because an older one still waits: its number is then used for the next. */
export function countCommand(state: StreamState, facts: StreamFacts, sent: boolean): StreamState {
  if (!sent) {
    return state;
  }
  const released = state.active && !facts.active;
  const neutralsLeft = facts.active ? 0 : released ? releaseRepeats - 1 : Math.max(0, state.neutralsLeft - 1);
  return { seq: state.seq + 1, sentAtMs: facts.nowMs, active: facts.active, neutralsLeft };
}
