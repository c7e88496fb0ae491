import type { ClockOffset } from "./clock-offset.ts";

/** When a picture's age is believed, and how much of it is remembered. */
export const ageLimits = Object.freeze({
  /** Good readings in a row before the age is believed: a picture may look like a strip once, never three times with a running clock. */
  goodInARow: 3,
  /** Bad readings in a row before the strip counts as gone. */
  badInARow: 5,
  /** Two readings must differ by what passed between them, within this: stalls and catch-up move it by less. */
  maxJumpMs: 5000,
  /** An age below minus (clock error bound + this) means that the clocks cannot be right. */
  negativeSlackMs: 20,
  /** Ages in the chart: 60 s at the four a second that are kept. */
  maxHistory: 240,
  /** A picture that stands longer than this grows older on the screen; below it lies the ordinary wait for the next frame. */
  standingMs: 250,
  /** Least time between two ages of the chart. */
  historyEveryMs: 250,
});

/** One reading of a painted frame: the camera's time (null: no strip), and when it was painted on the browser's wall clock. */
export type StampSample = { readonly captureMs: number | null; readonly paintedWallMs: number };

/** What is known about the picture's age. */
export type AgeState = {
  readonly good: number;
  readonly bad: number;
  readonly last: { readonly captureMs: number; readonly paintedWallMs: number } | null;
  readonly historyMs: readonly number[];
  readonly historyAtMs: number;
};

/** An age that may be shown. `boundMs` is how wrong the clocks can make it. */
export type PictureAge = { readonly ageMs: number; readonly boundMs: number };

/** Nothing read yet. */
export const noAge: AgeState = { good: 0, bad: 0, last: null, historyMs: [], historyAtMs: Number.NEGATIVE_INFINITY };

/** Pure: the state after one more reading. `offset` is the device's clock against the browser's, null when unknown. */
export function addStamp(state: AgeState, sample: StampSample, offset: ClockOffset | null): AgeState {
  if (sample.captureMs === null) {
    const bad = state.bad + 1;
    return bad >= ageLimits.badInARow ? { ...state, good: 0, bad, last: null } : { ...state, bad };
  }
  const last = { captureMs: sample.captureMs, paintedWallMs: sample.paintedWallMs };
  const plausible = state.last === null || Math.abs(jumpMs(state.last, last)) <= ageLimits.maxJumpMs;
  const next = { ...state, good: plausible ? state.good + 1 : 1, bad: 0, last };
  const age = readAge(next, offset);
  if (age === null || sample.paintedWallMs - state.historyAtMs < ageLimits.historyEveryMs) {
    return next;
  }
  const historyMs = [...state.historyMs, age.ageMs].slice(-ageLimits.maxHistory);
  return { ...next, historyMs, historyAtMs: sample.paintedWallMs };
}

/** The age of the last painted frame when it was painted; null when it cannot be known. It is never guessed. */
export function readAge(state: AgeState, offset: ClockOffset | null): PictureAge | null {
  if (offset === null || state.last === null || state.good < ageLimits.goodInARow) {
    return null;
  }
  const ageMs = state.last.paintedWallMs + offset.offsetMs - state.last.captureMs;
  if (ageMs < -(offset.boundMs + ageLimits.negativeSlackMs)) {
    return null;
  }
  return { ageMs: Math.max(0, ageMs), boundMs: offset.boundMs };
}

/** Pure: the age of a picture that has stood for `standingMs` since it was painted; null stays unknown. */
export function ageNow(painted: PictureAge | null, standingMs: number | null): PictureAge | null {
  if (painted === null || standingMs === null || standingMs <= ageLimits.standingMs) {
    return painted;
  }
  return { ...painted, ageMs: painted.ageMs + standingMs };
}

/** Smallest, middle and largest age of the chart; null while it is empty. */
export function summarizeAges(historyMs: readonly number[]): { minMs: number; medianMs: number; maxMs: number } | null {
  const sorted = [...historyMs].sort((a, b) => a - b);
  const [minMs, medianMs, maxMs] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return minMs === undefined || medianMs === undefined || maxMs === undefined ? null : { minMs, medianMs, maxMs };
}

function jumpMs(before: { captureMs: number; paintedWallMs: number }, after: { captureMs: number; paintedWallMs: number }): number {
  return after.captureMs - before.captureMs - (after.paintedWallMs - before.paintedWallMs);
}
