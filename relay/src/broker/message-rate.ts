/** Things at once, and per second from then on. */
type RateLimits = { readonly burst: number; readonly perSecond: number };

/** Messages from one connection: 20 Hz of driving, pan and tilt, pings and an agent's telemetry and detections, several times over. */
const messageLimits: RateLimits = { burst: 200, perSecond: 100 };

/** Packets of every kind from one connection: its messages, an answer for each one that it gets, all of its subscriptions, and air. */
export const packetLimits: RateLimits = { burst: 600, perSecond: 300 };

/** Counts what comes from one connection. */
export type MessageRate = { /** False when this one is one too many. */ take(nowMs: number): boolean };

/** A full bucket. */
export function createMessageRate(nowMs: number, { burst, perSecond }: RateLimits = messageLimits): MessageRate {
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
