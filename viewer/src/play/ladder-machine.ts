import { countFailure, forgiveGaps, freezeLimitMs, isQuiet, planRetry, stepsBack } from "./ladder-rules.ts";
import { end, endAll, follow, type Step, start } from "./ladder-steps.ts";
import type { Attempt, FailureReason, LadderEvent, LadderState, RungName } from "./ladder-types.ts";
import { rungNames } from "./ladder-types.ts";
import { limits } from "./limits.ts";

type FrameEvent = Extract<LadderEvent, { type: "frame" }>;

/** The ladder before `open`. */
export const closedLadder: LadderState = {
  phase: "idle",
  seed: 0,
  rungs: [],
  nextId: 1,
  attempts: { whep: null, hls: null },
  retryAtMs: { whep: null, hls: null },
  tries: { whep: 0, hls: 0 },
  shown: null,
  paintedAtMs: null,
  paintedCaptureMs: null,
  climbed: false,
  failuresAtMs: [],
  fallsAtMs: [],
  holdUntilMs: 0,
  waitingSinceMs: 0,
  kickedAtMs: 0,
  renewedAtMs: Number.NEGATIVE_INFINITY,
  renewAtMs: null,
  online: true,
  visible: true,
};

/** Pure: what the ladder becomes and wants done when it hears `event` at `nowMs` (monotonic milliseconds). */
export function stepLadder(state: LadderState, event: LadderEvent, nowMs: number): Step {
  switch (event.type) {
    case "open":
      return follow(endAll(state), ({ nextId }) =>
        begin({ ...closedLadder, phase: "running", rungs: event.rungs, seed: event.seed, nextId }, nowMs),
      );
    case "close":
      return follow(endAll(state), (next) => [{ ...closedLadder, nextId: next.nextId }, [{ type: "clear-picture" }]]);
    case "tick":
      return onTick(state, nowMs);
    case "frame":
      return onFrame(state, event, nowMs);
    case "failed":
      return state.attempts[event.rung]?.id === event.id ? onFailed(state, event.rung, event.reason, nowMs) : [state, []];
    case "camera":
      return onCamera({ ...state, online: event.online }, nowMs, event.online && !state.online);
    case "visibility":
      return [event.visible ? forgiveGaps({ ...state, visible: true }, nowMs) : { ...state, visible: false }, []];
    case "session-renewed":
      return state.phase === "renewing" ? begin({ ...state, phase: "running", renewedAtMs: nowMs, renewAtMs: null }, nowMs) : [state, []];
    case "renewal-failed":
      return [state.phase === "renewing" ? { ...state, renewAtMs: nowMs + limits.renewRetryMs } : state, []];
    case "nudge":
      return onNudge(state, event.byPerson === true, nowMs);
  }
}

/** Tries the best rung now; with nothing to wait for, the next one as well. */
function begin(state: LadderState, nowMs: number): Step {
  const fresh = { ...state, tries: { whep: 0, hls: 0 }, retryAtMs: { whep: null, hls: null } };
  const best = fresh.rungs[0];
  const first: Step = best === undefined ? [{ ...fresh, phase: "unsupported" }, []] : start(fresh, best, nowMs);
  return fresh.paintedAtMs !== null && fresh.shown === null ? follow(first, (next) => start(next, "hls", nowMs)) : first;
}

function onFailed(state: LadderState, rung: RungName, reason: FailureReason, nowMs: number): Step {
  switch (reason) {
    case "network":
      return follow(end(state, rung), (next) => recover(countFailure(next, state.shown === rung, rung, nowMs), rung, nowMs));
    case "unauthorized":
      return follow(endAll(state), (next) => onUnauthorized(next, nowMs));
    case "forbidden":
      return follow(endAll(state), (next) => [{ ...next, phase: "forbidden", paintedAtMs: null }, [{ type: "clear-picture" }]]);
    case "kicked":
      return follow(endAll(state), (next) => [
        { ...next, phase: "kicked", kickedAtMs: nowMs, paintedAtMs: null },
        [{ type: "clear-picture" }],
      ]);
    case "not-found":
      return onNotFound(state, rung, nowMs);
    case "codec": {
      const rungs = state.rungs.filter((name) => name !== rung);
      const lost = follow(end(state, rung), (next) => [{ ...next, rungs }, []]);
      return follow(lost, (next) => (rungs[0] === undefined ? [{ ...next, phase: "unsupported" }, []] : start(next, rungs[0], nowMs)));
    }
  }
}

/** A refusal right after a renewal is not cured by another one at once: without a pause the two would chase each other. */
function onUnauthorized(state: LadderState, nowMs: number): Step {
  const again = nowMs - state.renewedAtMs < limits.renewRetryMs;
  return again ? [{ ...state, phase: "renewing", renewAtMs: nowMs + limits.renewRetryMs }, []] : renew(state);
}

function renew(state: LadderState): Step {
  return [{ ...state, phase: "renewing", renewAtMs: null }, [{ type: "renew-session" }]];
}

/** A rung that has no stream while the other one plays is only late; without a picture the camera is away. */
function onNotFound(state: LadderState, rung: RungName, nowMs: number): Step {
  if (state.shown !== null && state.shown !== rung) {
    return follow(end(state, rung), (next) => [planRetry(next, rung, nowMs), []]);
  }
  return follow(endAll(state), (next) => [{ ...next, phase: "waiting", waitingSinceMs: nowMs }, []]);
}

/** A person's tap or a new network: whatever waits is tried now. */
function onNudge(state: LadderState, byPerson: boolean, nowMs: number): Step {
  if (state.phase === "renewing" && state.renewAtMs !== null) {
    return renew(state);
  }
  // Only a person goes back to where they were put out: by itself the page would look like somebody who does not take no for an answer.
  const letIn = state.phase === "kicked" && byPerson && nowMs - state.kickedAtMs >= limits.kickedMs;
  const able = state.visible && (state.phase === "running" || state.phase === "waiting" || letIn);
  return able ? begin({ ...state, phase: "running", holdUntilMs: 0, failuresAtMs: [] }, nowMs) : [state, []];
}

/** After a failure: WHEP again at once the first time it took the picture with it, LL-HLS beside it; else a planned wait. */
function recover(state: LadderState, failed: RungName, nowMs: number): Step {
  const rare = state.failuresAtMs.length < limits.failuresToStepDown && nowMs >= state.holdUntilMs;
  const again = failed === "whep" && state.shown === null && rare;
  const first: Step = again ? start(state, "whep", nowMs) : [planRetry(state, failed, nowMs), []];
  const other = failed === "whep" ? "hls" : "whep";
  return state.shown === null && state.retryAtMs[other] === null ? follow(first, (next) => start(next, other, nowMs)) : first;
}

function onCamera(state: LadderState, nowMs: number, cameBack: boolean): Step {
  if (state.phase === "waiting") {
    const due = state.online && nowMs - state.waitingSinceMs >= limits.notFoundPauseMs;
    return due ? begin({ ...state, phase: "running", failuresAtMs: [] }, nowMs) : [state, []];
  }
  return cameBack && state.phase === "running" ? onReturn(state, nowMs) : [state, []];
}

/** A camera that came back has a new stream: attempts whose picture stood meanwhile hang on the old one. */
function onReturn(state: LadderState, nowMs: number): Step {
  const hangs = (attempt: Attempt | null): boolean => nowMs - (attempt?.lastFrameAtMs ?? attempt?.startedAtMs ?? nowMs) > limits.freezeMs;
  const whepEnded: Step = hangs(state.attempts.whep) ? end(state, "whep") : [state, []];
  const bothEnded = follow(whepEnded, (next) => (hangs(next.attempts.hls) ? end(next, "hls") : [next, []]));
  return follow(bothEnded, (next) => begin({ ...forgiveGaps(next, nowMs), failuresAtMs: [] }, nowMs));
}

function onFrame(state: LadderState, event: FrameEvent, nowMs: number): Step {
  const before = state.attempts[event.rung];
  if (before === null || before.id !== event.id) {
    return [state, []];
  }
  const broken = before.lastFrameAtMs === null || nowMs - before.lastFrameAtMs > limits.bridgeAfterMs;
  const captureMs = event.captureMs ?? before.captureMs;
  const movingSinceMs = broken ? nowMs : before.movingSinceMs;
  const attempt: Attempt = { ...before, lastFrameAtMs: nowMs, movingSinceMs, captureMs, medianMs: event.medianMs };
  const next = { ...state, attempts: { ...state.attempts, [event.rung]: attempt } };
  if (next.shown === event.rung) {
    return [{ ...next, paintedAtMs: nowMs, paintedCaptureMs: captureMs }, []];
  }
  const steady = next.shown === null || (event.rung === "whep" && nowMs - (movingSinceMs ?? nowMs) >= limits.climbSteadyMs);
  return steady && !stepsBack(next, captureMs, nowMs) ? show(next, event.rung, nowMs) : [next, []];
}

function show(state: LadderState, rung: RungName, nowMs: number): Step {
  const climbed = rung === "whep" && state.shown === "hls";
  const captureMs = state.attempts[rung]?.captureMs ?? null;
  const shown = { ...state, shown: rung, climbed, paintedAtMs: nowMs, paintedCaptureMs: captureMs, tries: { whep: 0, hls: 0 } };
  const top: Step = [shown, [{ type: "show", rung }]];
  if (rung === "whep") {
    return follow(top, (next) => end({ ...next, retryAtMs: { whep: null, hls: null } }, "hls"));
  }
  return shown.attempts.whep === null && shown.rungs.includes("whep") ? follow(top, (next) => [planRetry(next, "whep", nowMs), []]) : top;
}

function onTick(state: LadderState, nowMs: number): Step {
  if (state.phase === "renewing" && state.renewAtMs !== null && nowMs >= state.renewAtMs) {
    return renew(state);
  }
  if (state.phase !== "running" || !state.visible) {
    return [state, []];
  }
  let step: Step = [state, []];
  for (const rung of rungNames) {
    step = follow(step, (next) => checkAttempt(next, rung, nowMs));
    step = follow(step, (next) => startDue(next, rung, nowMs));
  }
  return step;
}

function startDue(state: LadderState, rung: RungName, nowMs: number): Step {
  const atMs = state.retryAtMs[rung];
  return atMs !== null && nowMs >= atMs && state.shown !== "whep" ? start(state, rung, nowMs) : [state, []];
}

function checkAttempt(state: LadderState, rung: RungName, nowMs: number): Step {
  const attempt = state.attempts[rung];
  if (attempt === null) {
    return [state, []];
  }
  const quietMs = nowMs - (attempt.lastFrameAtMs ?? attempt.startedAtMs);
  const firstFrameMs = rung === "whep" ? limits.whepFirstFrameMs : limits.hlsFirstFrameMs;
  if (quietMs > (attempt.lastFrameAtMs === null ? firstFrameMs : freezeLimitMs(rung, attempt)) && state.online) {
    return onFailed(state, rung, "network", nowMs);
  }
  const late = attempt.lastFrameAtMs === null ? state.shown === null && quietMs > limits.prewarmAfterMs : isQuiet(state, rung, quietMs);
  if (rung === "whep" && late && state.online && state.retryAtMs.hls === null) {
    return start(state, "hls", nowMs);
  }
  const settled = rung === "whep" && state.shown === "whep" && nowMs - (attempt.movingSinceMs ?? nowMs) >= limits.climbSteadyMs;
  return settled && quietMs < limits.bridgeAfterMs ? end(state, "hls") : [state, []];
}
