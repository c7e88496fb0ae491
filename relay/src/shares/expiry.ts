import type { Clock, Log, Service } from "@helmcast/runtime";

/** Longest wait for the next look, in ms: the wall clock may be set forward while we wait for it. */
const maxWaitMs = 10_000;

/** Wait after a look that failed, in ms. */
const retryMs = 500;

/** Ends share links when their time comes. Signing in and every request are checked besides; this cuts off those who are in. */
export type ShareExpiry = Service & {
  /** The next end may have changed. */
  reconsider(): void;
};

/**
 * A timer for the link that ends first.
 * @param endExpired ends what is over; gives the next end in ms since 1970, null when there is none
 */
export function createShareExpiry(endExpired: () => number | null, clock: Clock, log: Log): ShareExpiry {
  let running = false;
  let cancel: () => void = () => undefined;
  const look = () => {
    cancel();
    if (!running) {
      return;
    }
    try {
      const nextMs = endExpired();
      if (nextMs !== null) {
        cancel = clock.after(Math.min(maxWaitMs, Math.max(0, nextMs - clock.wallMs())), look);
      }
    } catch (error) {
      log.error({ err: error }, "share links could not be ended, and are looked at again");
      cancel = clock.after(retryMs, look);
    }
  };
  return {
    name: "share links' ends",
    async start() {
      running = true;
      look();
    },
    async stop() {
      running = false;
      cancel();
    },
    reconsider: look,
  };
}
