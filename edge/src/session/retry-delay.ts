/** How long to wait between attempts at the relay, ms. */
export type RetryPolicy = { readonly firstMs: number; readonly maxMs: number };

/** Attempts at an absent relay: quick at first, because a restart takes seconds, then every 15 s. */
export const relayRetry: RetryPolicy = { firstMs: 500, maxMs: 15_000 };

/** Attempts after a refusal: no restart of ours changes the relay's mind, and guessing fast would look like an attack. */
export const refusedRetry: RetryPolicy = { firstMs: 10_000, maxMs: 60_000 };

/**
 * The wait before attempt `failures` + 1, doubled each time and spread over 50 to 100 % by `random` (0 to 1), so that many devices do
 * not return in one instant.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.max(0, failures - 1));
  return full * (0.5 + random / 2);
}

/** Longest wait before a renewal, ms: a timer over 2^31 ms would run at once, and a token for years would be renewed without a pause. */
const maxRenewMs = 86_400_000;

/** When to renew a token, ms after it was received: at two thirds of its life, but in 5 s to a day, so that a bad clock cannot cause a flood. */
export function renewAfterMs(lifetimeMs: number): number {
  return Math.min(maxRenewMs, Math.max(5000, (lifetimeMs * 2) / 3));
}
