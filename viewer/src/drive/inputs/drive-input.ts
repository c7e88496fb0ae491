/** What a hand wants, each from -1 to 1: ahead, right, look right, look up. */
export type DriveInput = { readonly throttle: number; readonly steer: number; readonly pan: number; readonly tilt: number };

/** Where a wish comes from. */
export const inputSources = ["keys", "stick", "pad"] as const;
/** Where a wish comes from. */
export type InputSource = (typeof inputSources)[number];

/** Nothing is wanted. */
export const restingInput: DriveInput = Object.freeze({ throttle: 0, steer: 0, pan: 0, tilt: 0 });

/** Pure: whether nothing is wanted. */
export function isResting(input: DriveInput): boolean {
  return input.throttle === 0 && input.steer === 0 && input.pan === 0 && input.tilt === 0;
}
