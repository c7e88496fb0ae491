import type { Clock } from "@helmcast/runtime";

type Timer = { readonly dueMs: number; readonly run: () => void };

/** A clock that stands until it is set on, and runs what is due on the way, each at its own time. All in the call itself. */
export class ReplayClock implements Clock {
  #nowMs: number;
  #timers: Timer[] = [];

  /** @param startMs where the monotonic clock begins */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Nothing that is replayed asks for the time of day. */
  wallMs(): number {
    return this.#nowMs;
  }

  /** The time of the recording, ms. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Keeps a timer until the clock comes to it. */
  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Sets the clock on; never back. */
  moveTo(nowMs: number): void {
    for (let next = this.#takeDue(nowMs); next !== undefined; next = this.#takeDue(nowMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  #takeDue(untilMs: number): Timer | undefined {
    const [first] = this.#timers.filter((timer) => timer.dueMs <= untilMs).sort((left, right) => left.dueMs - right.dueMs);
    this.#timers = this.#timers.filter((timer) => timer !== first);
    return first;
  }
}
