/** Intervals that are remembered: about one second of an ordinary camera, so that the median follows a change of rate quickly. */
const maxIntervals = 31;

/** The recent pace of painted frames. */
export type FramePace = { readonly lastAtMs: number | null; readonly intervalsMs: readonly number[] };

/** No frame yet. */
export const noPace: FramePace = { lastAtMs: null, intervalsMs: [] };

/** Pure: the pace with one more frame at `atMs` (monotonic milliseconds). */
export function addFrame(pace: FramePace, atMs: number): FramePace {
  if (pace.lastAtMs === null) {
    return { lastAtMs: atMs, intervalsMs: [] };
  }
  return { lastAtMs: atMs, intervalsMs: [...pace.intervalsMs, atMs - pace.lastAtMs].slice(-maxIntervals) };
}

/** The median interval in milliseconds; 0 before the second frame. */
export function medianIntervalMs(pace: FramePace): number {
  const sorted = [...pace.intervalsMs].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Frames per second over the remembered intervals; 0 before the second frame. */
export function framesPerSecond(pace: FramePace): number {
  const totalMs = pace.intervalsMs.reduce((sum, intervalMs) => sum + intervalMs, 0);
  return totalMs > 0 ? (pace.intervalsMs.length * 1000) / totalMs : 0;
}
