type ManualTimer = { readonly dueMs: number; readonly run: () => void };

/** Timers of a clock that somebody moves by hand. */
export class ManualTimers {
  #timers: readonly ManualTimer[] = [];

  /** Timers that wait. */
  get count(): number {
    return this.#timers.length;
  }

  /** Keeps `run` for this time, ms of the clock; the returned function forgets it. */
  add(dueMs: number, run: () => void): () => void {
    const timer = { dueMs, run };
    this.#timers = [...this.#timers, timer];
    return () => this.#forget(timer);
  }

  /** Takes out the first timer that is due by `untilMs`; of two at one time, the older. */
  takeDue(untilMs: number): ManualTimer | undefined {
    const [first] = this.#timers.filter((timer) => timer.dueMs <= untilMs).sort((left, right) => left.dueMs - right.dueMs);
    this.#forget(first);
    return first;
  }

  #forget(gone: ManualTimer | undefined): void {
    this.#timers = this.#timers.filter((timer) => timer !== gone);
  }
}
