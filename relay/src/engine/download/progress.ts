import type { Clock } from "@helmcast/runtime";

/** Time between two lines of progress, ms. */
const everyMs = 1000;

/** Turns chunk counts into a line at the start, each second, and at the end. */
export function progressLogger(clock: Clock, say: (text: string) => void): (bytes: number, totalBytes: number | null) => void {
  let lastMs: number | null = null;
  return (bytes, totalBytes) => {
    const nowMs = clock.monotonicMs();
    if (lastMs !== null && nowMs - lastMs < everyMs && bytes !== totalBytes) {
      return;
    }
    lastMs = nowMs;
    const megabytes = (count: number): string => (count / 1e6).toFixed(1);
    say(
      totalBytes === null
        ? `downloading MediaMTX: ${megabytes(bytes)} MB`
        : `downloading MediaMTX: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB (${Math.floor((100 * bytes) / Math.max(1, totalBytes))} %)`,
    );
  };
}
