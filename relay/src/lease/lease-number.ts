/** How many values the low part of a lease number has (20 bits): what another driver would have to guess. */
export const secretRange = 2 ** 20;
/** The high part stays below this, so that the whole number is exact in JSON (below 2^53). As seconds since 1970 it lasts until the year 2242. */
const maxCount = 2 ** 33 - 1;

/**
 * The fencing number after `last`: a count that grows, then random bits. The count is at least the wall clock's seconds, so that numbers grow also after
 * an older copy of the state was put back; and at least one more than before, so that they grow also when that clock jumps back.
 * @param secret whole number below {@link secretRange}
 */
export function nextLeaseNumber(last: number, wallMs: number, secret: number): number {
  const seconds = Math.floor(wallMs / 1000);
  const count = Math.max(Math.floor(last / secretRange) + 1, Number.isFinite(seconds) && seconds <= maxCount ? seconds : 0);
  return count * secretRange + (secret % secretRange);
}
