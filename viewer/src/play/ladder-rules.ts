import type { Attempt, LadderState, RungName } from "./ladder-types.ts";
import { limits } from "./limits.ts";

/** How long a painted picture of this attempt may stand before it counts as frozen. */
export function freezeLimitMs(rung: RungName, attempt: Attempt): number {
  return Math.max(rung === "hls" ? limits.hlsFreezeMs : limits.freezeMs, limits.freezeIntervals * attempt.medianMs);
}

/** Counts a failure of WHEP; too many climbs that fell again bring the hold. */
export function countFailure(state: LadderState, wasShown: boolean, rung: RungName, nowMs: number): LadderState {
  if (rung === "hls") {
    return state;
  }
  const failuresAtMs = [...state.failuresAtMs.filter((atMs) => nowMs - atMs < limits.failureWindowMs), nowMs];
  const falls = state.fallsAtMs.filter((atMs) => nowMs - atMs < limits.cycleWindowMs);
  const fallsAtMs = wasShown && state.climbed ? [...falls, nowMs] : falls;
  const held = fallsAtMs.length >= limits.cyclesToHold;
  return {
    ...state,
    climbed: false,
    failuresAtMs,
    fallsAtMs: held ? [] : fallsAtMs,
    holdUntilMs: held ? nowMs + limits.holdMs : state.holdUntilMs,
  };
}

/** Plans the next try of a rung: probes while LL-HLS plays, quicker tries while nothing does. */
export function planRetry(state: LadderState, rung: RungName, nowMs: number): LadderState {
  const delays = rung === "whep" && state.shown === "hls" ? limits.climbDelaysMs : limits.retryDelaysMs;
  const baseMs = delays[Math.min(state.tries[rung], delays.length - 1)] ?? 0;
  // The golden ratio's multiples spread evenly over 0..1, so one seed per page is chance enough.
  const chance = (state.seed + state.nextId * 0.618034) % 1;
  const atMs = Math.max(nowMs + baseMs * (1 + limits.jitter * (2 * chance - 1)), rung === "whep" ? state.holdUntilMs : 0);
  return { ...state, tries: { ...state.tries, [rung]: state.tries[rung] + 1 }, retryAtMs: { ...state.retryAtMs, [rung]: atMs } };
}

/** A hidden page paints nothing and an absent camera sends nothing: neither is the rung's fault. */
export function forgiveGaps(state: LadderState, nowMs: number): LadderState {
  const forgive = (attempt: Attempt | null): Attempt | null =>
    attempt === null ? null : { ...attempt, startedAtMs: nowMs, lastFrameAtMs: attempt.lastFrameAtMs === null ? null : nowMs };
  return { ...state, attempts: { whep: forgive(state.attempts.whep), hls: forgive(state.attempts.hls) } };
}

/** Whether showing a frame of `captureMs` would move the picture back in time. Unknown times are not held against a rung. */
export function stepsBack(state: LadderState, captureMs: number | null, nowMs: number): boolean {
  const recent = state.paintedAtMs !== null && nowMs - state.paintedAtMs < limits.noStepBackMs;
  return recent && captureMs !== null && state.paintedCaptureMs !== null && captureMs < state.paintedCaptureMs;
}

/** Whether the shown picture stands long enough to start its stand-in, before it counts as frozen. */
export function isQuiet(state: LadderState, rung: RungName, quietMs: number): boolean {
  const medianMs = state.attempts[rung]?.medianMs ?? 0;
  return state.shown === rung && quietMs > Math.max(limits.bridgeAfterMs, 3 * medianMs);
}
