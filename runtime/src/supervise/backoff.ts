/** How long to wait between attempts. */
export type BackoffRule = {
  /** Before the second attempt, ms. */
  readonly firstMs: number;
  /** Upper bound before jitter, ms. */
  readonly maxMs: number;
  /** From one delay to the next. */
  readonly factor: number;
  /** Share of the delay that is random, 0 to 1: a delay d becomes d*(1-jitter) to d, so that many never come back at once. */
  readonly jitter: number;
};

/**
 * The delay after the `failures`-th failure in a row (from 1), ms.
 * @param random from 0 up to 1
 */
export function backoffDelayMs(rule: BackoffRule, failures: number, random: number): number {
  const planned = Math.min(rule.maxMs, rule.firstMs * rule.factor ** Math.max(0, failures - 1));
  return Math.round(planned * (1 - rule.jitter * random));
}
