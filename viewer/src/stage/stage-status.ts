import { freezeLimitMs } from "../play/ladder-rules.ts";
import type { LadderState, RungName } from "../play/ladder-types.ts";
import { limits } from "../play/limits.ts";

/** What the stage says it is doing. Each has one sentence, and one action where a person can do something. */
export type StageStatus = "connecting" | "live" | "stale" | "away" | "down" | "kicked" | "forbidden" | "unsupported";

/** Without a moving picture for this long, though the camera is online, the relay is said to be the reason. */
export const downAfterMs = 8000;

/** The status of a stage, the rung whose picture is seen, and for how long that picture has stood. */
export type StageCondition = { readonly status: StageStatus; readonly rung: RungName | null; readonly standingMs: number | null };

/** Pure: what the stage is doing at `nowMs`. `openedAtMs` is when it was opened, or last had a person's try. */
export function describeStage(state: LadderState, openedAtMs: number, nowMs: number): StageCondition {
  const standingMs = state.paintedAtMs === null ? null : Math.max(0, nowMs - state.paintedAtMs);
  const conclude = (status: StageStatus): StageCondition => ({ status, rung: state.shown, standingMs });
  switch (state.phase) {
    case "kicked":
    case "forbidden":
    case "unsupported":
      return conclude(state.phase);
    case "waiting":
      return conclude("away");
    default:
      break;
  }
  const attempt = state.shown === null ? null : state.attempts[state.shown];
  const limitMs =
    state.shown === "whep" && attempt !== null ? freezeLimitMs("whep", attempt) : Math.max(1000, 6 * (attempt?.medianMs ?? 0));
  if (state.shown !== null && standingMs !== null && standingMs <= limitMs) {
    return conclude("live");
  }
  if (!state.online) {
    return conclude("away");
  }
  const quietMs = standingMs ?? nowMs - openedAtMs;
  if (quietMs > downAfterMs) {
    return conclude("down");
  }
  return conclude(standingMs === null ? "connecting" : "stale");
}

/** Pure: how long somebody who was put out has to wait before their next try, in ms; 0 in every other state. */
export function waitBeforeRetryMs(state: LadderState, nowMs: number): number {
  return state.phase === "kicked" ? Math.max(0, state.kickedAtMs + limits.kickedMs - nowMs) : 0;
}
