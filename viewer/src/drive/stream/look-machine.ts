import type { Telemetry } from "@helmcast/config";

/** Fastest turn of the camera, degrees a second, and how often it is told, ms. */
export const lookLimits = Object.freeze({ degreesPerS: 60, everyMs: 50, maxStepMs: 100 });

/** Where the camera shall look, degrees; null until the device said where it looks. */
export type LookState = { readonly pan: number; readonly tilt: number; readonly atMs: number; readonly turning: boolean } | null;

/** How the hand turns the camera: -1 to 1, positive is right and up. */
export type LookHand = { readonly pan: number; readonly tilt: number };

/** Pure: the aim after the hand turned it until `nowMs`, within the device's range. At rest the aim follows the device; without a camera that moves it is null. */
export function stepLook(state: LookState, hand: LookHand, telemetry: Telemetry | null, nowMs: number): LookState {
  const range = telemetry?.drive.look ?? null;
  if (telemetry === null || range === null || telemetry.pan === null || telemetry.tilt === null) {
    return null;
  }
  const turning = hand.pan !== 0 || hand.tilt !== 0;
  if (state === null || !turning || !state.turning) {
    const from = state?.turning === true ? state : { pan: telemetry.pan, tilt: telemetry.tilt };
    return { pan: from.pan, tilt: from.tilt, atMs: nowMs, turning };
  }
  const stepDegrees = (lookLimits.degreesPerS * Math.min(lookLimits.maxStepMs, nowMs - state.atMs)) / 1000;
  return {
    pan: clamp(state.pan + hand.pan * stepDegrees, range.panMin, range.panMax),
    tilt: clamp(state.tilt + hand.tilt * stepDegrees, range.tiltMin, range.tiltMax),
    atMs: nowMs,
    turning,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
