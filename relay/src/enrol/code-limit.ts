import { createLoginLimit, networkOf } from "../auth/login-limit.ts";

/** Networks remembered in which codes were made; the oldest goes first. */
const maxNetworks = 256;

/** The name under which all tries at codes together are counted. A space is in no account's name, so it is nobody's. */
export const codeTries = "enrolment code";

/**
 * Slows guessing at enrolment codes: ten tries of one address, thirty of all strange addresses together, then one per 6 s. In ten minutes these are
 * 130 of 31^8 codes: with 64 codes at a time, one in a hundred million.
 */
export type CodeLimit = {
  /** Takes a try: null when it may go ahead, else how many seconds to wait. */
  take(address: string): number | null;
  /** Gives the try back after a success. */
  succeed(address: string): void;
  /** A code was made from here. The device is mostly in the same network, which strangers' tries must not keep out. */
  expectFrom(address: string): void;
};

/** @param monotonicMs clock for allowing more tries */
export function createCodeLimit(monotonicMs: () => number): CodeLimit {
  const limit = createLoginLimit(monotonicMs);
  const expected = new Set<string>();
  const bucketOf = (address: string) => (expected.has(networkOf(address)) ? `${codeTries} ${networkOf(address)}` : codeTries);
  return {
    take: (address) => limit.take(address, bucketOf(address)),
    succeed: (address) => limit.succeed(address, bucketOf(address)),
    expectFrom(address) {
      const network = networkOf(address);
      expected.delete(network);
      expected.add(network);
      const oldest = expected.values().next();
      if (expected.size > maxNetworks && !oldest.done) {
        expected.delete(oldest.value);
      }
    },
  };
}
