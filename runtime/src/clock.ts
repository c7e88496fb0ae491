/** Time, injected everywhere so that logic can be tested without waiting. */
export type Clock = {
  /** Wall clock, ms since 1970. May jump. */
  wallMs(): number;
  /** Monotonic clock, ms, with a fraction. Never jumps; only differences mean anything. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. The timer never keeps a process alive by itself when `unref` is true. */
  after(delayMs: number, run: () => void, unref?: boolean): () => void;
};

/** The machine's own clock. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run, unref = false) {
    const timer = setTimeout(run, delayMs);
    if (unref) {
      timer.unref();
    }
    return () => clearTimeout(timer);
  },
};
