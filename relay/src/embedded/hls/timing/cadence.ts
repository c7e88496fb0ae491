/** Differences that the median is taken over: half a second at 30 frames a second, so that a new frame rate is learnt quickly. */
const windowSize = 15;

/** Longest difference that counts as a frame's duration, ticks of 90 kHz: 2 s. Longer ones are outages. */
export const longestFrameTicks = 180_000;

/** The newest differences between decoding times, oldest first. */
export type Cadence = readonly number[];

/** Takes in one more difference; those that can't be a frame's duration are left out. */
export function learnDuration(cadence: Cadence, differenceTicks: number): Cadence {
  if (differenceTicks <= 0 || differenceTicks > longestFrameTicks) {
    return cadence;
  }
  return [...cadence.slice(cadence.length >= windowSize ? 1 : 0), differenceTicks];
}

/** The expected duration of a frame: the median, so that a late or lost frame changes nothing. `fallbackTicks` before any is known. */
export function predictDuration(cadence: Cadence, fallbackTicks: number): number {
  const sorted = cadence.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? fallbackTicks;
}
