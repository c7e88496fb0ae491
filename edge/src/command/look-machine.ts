import type { Telemetry } from "@helmcast/config";
import type { LookCommand } from "./accept-command.ts";

/** How far a camera can turn, degrees. */
export type LookRange = NonNullable<Telemetry["drive"]["look"]>;

/** Where a camera looks and where it turns to, degrees. `movedAtMs` is of the monotonic clock. */
export type LookState = { readonly at: LookCommand; readonly target: LookCommand; readonly movedAtMs: number };

/** Fastest turn, degrees per second, in steps of `stepMs`: a third of what a small servo can do, so that the picture stays readable. */
export const lookLimits = Object.freeze({ degreesPerS: 180, stepMs: 20 });

/** Straight ahead, or as near to it as the range allows. */
export function centreLook(range: LookRange): LookState {
  const at = clampLook({ pan: 0, tilt: 0 }, range);
  return { at, target: at, movedAtMs: Number.NEGATIVE_INFINITY };
}

/** Where a command wants to look, within the range. */
export function aimLook(state: LookState, command: LookCommand, range: LookRange): LookState {
  return { ...state, target: clampLook(command, range) };
}

/** Turns by one step at most, counted from the last one, so that a pause does not add up to a jump. */
export function turnLook(state: LookState, nowMs: number): LookState {
  if (!isTurning(state)) {
    return state;
  }
  const sinceMs = Math.max(0, Math.min(lookLimits.stepMs, nowMs - state.movedAtMs));
  const mostDegrees = (sinceMs / 1000) * lookLimits.degreesPerS;
  const at = { pan: approach(state.at.pan, state.target.pan, mostDegrees), tilt: approach(state.at.tilt, state.target.tilt, mostDegrees) };
  return { ...state, at, movedAtMs: nowMs };
}

/** Stays where it looks now. */
export function holdLook(state: LookState): LookState {
  return isTurning(state) ? { ...state, target: state.at } : state;
}

/** When the next step is due; null when there is none. */
export function nextTurnMs(state: LookState): number | null {
  return isTurning(state) ? state.movedAtMs + lookLimits.stepMs : null;
}

function isTurning(state: LookState): boolean {
  return state.at.pan !== state.target.pan || state.at.tilt !== state.target.tilt;
}

function clampLook(wanted: LookCommand, range: LookRange): LookCommand {
  return {
    pan: Math.max(range.panMin, Math.min(range.panMax, wanted.pan)),
    tilt: Math.max(range.tiltMin, Math.min(range.tiltMax, wanted.tilt)),
  };
}

function approach(from: number, to: number, most: number): number {
  return Math.abs(to - from) <= most ? to : from + Math.sign(to - from) * most;
}
