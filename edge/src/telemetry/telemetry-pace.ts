import { driveLimits } from "@helmcast/config";

/**
 * When telemetry was last tried and whether something new is still untold. `failed`: the link did not take the last one. All times are of one
 * monotonic clock, ms.
 */
export type PaceState = { readonly triedAtMs: number; readonly hasNews: boolean; readonly failed: boolean };

/** Before the first. */
export const initialPace: PaceState = { triedAtMs: Number.NEGATIVE_INFINITY, hasNews: true, failed: false };

/** Shortest time between two, ms: a vehicle whose phase flaps may not flood the broker. */
const minGapMs = 10;

/** When the next one is due: news at once, else by the pace of the moment. News that the link did not take is tried again at the fast pace. */
export function nextTelemetryMs(pace: PaceState, lively: boolean): number {
  const fastMs = 1000 / driveLimits.telemetryHz;
  if (pace.hasNews) {
    return pace.triedAtMs + (pace.failed ? fastMs : minGapMs);
  }
  return pace.triedAtMs + (lively ? fastMs : 1000 / driveLimits.restingTelemetryHz);
}

/** One was tried; `taken` says whether the link took it. */
export function noteTry(pace: PaceState, taken: boolean, atMs: number): PaceState {
  return { triedAtMs: atMs, hasNews: pace.hasNews && !taken, failed: !taken };
}
