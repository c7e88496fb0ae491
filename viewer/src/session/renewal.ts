/** Renewed this long before the end: room for one failed try and a second one. */
const marginMs = 60_000;

/** Never sooner than this: a wrong clock on the phone must not turn into a stream of requests. */
const leastMs = 5000;

/** A timer's whole range is 2^31 ms; a day is long enough for any token. */
const mostMs = 86_400_000;

/** Pure: how long to wait, in milliseconds, before the access token that ends at `expiresAtMs` is renewed. */
export function renewalDelayMs(expiresAtMs: number, nowMs: number): number {
  const leftMs = expiresAtMs - nowMs;
  const wantedMs = leftMs > 2 * marginMs ? leftMs - marginMs : leftMs / 2;
  return Number.isFinite(wantedMs) ? Math.min(mostMs, Math.max(leastMs, wantedMs)) : leastMs;
}
