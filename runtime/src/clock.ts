import { ManualTimers } from "./manual-timers.ts";

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

/** A clock that moves only when a test says so. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #startWallMs: number;
  readonly #timers = new ManualTimers();

  /** @param startWallMs wall clock at monotonic 0 */
  constructor(startWallMs = 1_700_000_000_000) {
    this.#startWallMs = startWallMs;
  }

  /** Start of the wall clock plus what was advanced. */
  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  /** What was advanced so far, ms. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Remembers `run` until {@link FakeClock.advance} comes to its time. */
  after(delayMs: number, run: () => void): () => void {
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), run);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.count;
  }

  /** Moves time on by `ms`. Runs due timers in order of time, each at its own time, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#timers.takeDue(endMs); next !== undefined; next = this.#timers.takeDue(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
