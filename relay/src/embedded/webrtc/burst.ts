/** Distance that pictures of a burst get, in 90 kHz ticks: 1 ms, about what they arrive apart. */
export const burstStepTicks = 90;

/**
 * Timestamps for the cached pictures that a new viewer gets at once. The newest keeps its own; those before are pressed close to it, so
 * that the browser takes them for pictures that are due now and paints the newest at once, and so that its jitter estimate sees
 * pictures arriving as far apart as their timestamps say. With their true timestamps the burst would look like up to a second of
 * jitter. Never earlier than a picture's own time, always growing where that was.
 */
export function compressTimestamps(pts90k: readonly number[]): number[] {
  const newest = pts90k.at(-1) ?? 0;
  return pts90k.map((pts, index) => Math.max(pts, newest - (pts90k.length - 1 - index) * burstStepTicks));
}
