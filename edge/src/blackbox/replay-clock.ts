import { type Clock, ManualTimers } from "@helmcast/runtime";

/** A clock that stands until it is set on, and runs what is due on the way, each at its own time. All in the call itself. */
export class ReplayClock implements Clock {
  #nowMs: number;
  readonly #timers = new ManualTimers();

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
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), run);
  }

  /** Sets the clock on; never back. */
  moveTo(nowMs: number): void {
    for (let next = this.#timers.takeDue(nowMs); next !== undefined; next = this.#timers.takeDue(nowMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }
}
