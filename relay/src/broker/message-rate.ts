/** Messages at once and per second from one connection: 20 Hz of driving, pan and tilt, pings and an agent's telemetry and detections, several times over. */
const burst = 200;
const perSecond = 100;

/** Counts the messages of one connection. */
export type MessageRate = { /** False when this message is one too many. */ take(nowMs: number): boolean };

/** A full bucket. */
export function createMessageRate(nowMs: number): MessageRate {
  let left = burst;
  let atMs = nowMs;
  return {
    take(now) {
      left = Math.min(burst, left + ((now - atMs) / 1000) * perSecond);
      atMs = now;
      left -= 1;
      return left >= 0;
    },
  };
}
