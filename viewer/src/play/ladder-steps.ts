import type { Attempt, LadderEffect, LadderState, RungName } from "./ladder-types.ts";

/** A state and what is to be done on the way to it. */
export type Step = readonly [LadderState, readonly LadderEffect[]];

/** Goes on from a step; effects keep their order. */
export function follow(step: Step, next: (state: LadderState) => Step): Step {
  const [state, effects] = next(step[0]);
  return [state, [...step[1], ...effects]];
}

/** Starts an attempt of a rung that has none and that this browser can play. */
export function start(state: LadderState, rung: RungName, nowMs: number): Step {
  if (state.attempts[rung] !== null || !state.rungs.includes(rung)) {
    return [state, []];
  }
  const id = state.nextId;
  const attempt: Attempt = { id, startedAtMs: nowMs, lastFrameAtMs: null, movingSinceMs: null, captureMs: null, medianMs: 0 };
  const attempts = { ...state.attempts, [rung]: attempt };
  return [{ ...state, nextId: id + 1, attempts, retryAtMs: { ...state.retryAtMs, [rung]: null } }, [{ type: "start", rung, id }]];
}

/** Ends one attempt; when it is the shown one, its last frame is kept on the screen first. */
export function end(state: LadderState, rung: RungName): Step {
  const attempt = state.attempts[rung];
  if (attempt === null) {
    return [state, []];
  }
  const keep: LadderEffect[] = state.shown === rung ? [{ type: "keep-picture" }] : [];
  const shown = state.shown === rung ? null : state.shown;
  return [{ ...state, shown, attempts: { ...state.attempts, [rung]: null } }, [...keep, { type: "stop", rung, id: attempt.id }]];
}

/** Ends every attempt. */
export function endAll(state: LadderState): Step {
  return follow(end(state, "whep"), (next) => end(next, "hls"));
}
