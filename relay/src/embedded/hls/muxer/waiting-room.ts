import type { Clock } from "@helmcast/runtime";

/** How a wait ends without the awaited thing: too many wait, it took too long, or the muxer has ended. */
export type WaitFailure = "full" | "timeout" | "closed";

/** Somebody who waits. `tryAnswer` answers and returns true as soon as it can. */
export type Waiter = { tryAnswer(): boolean; fail(reason: WaitFailure): void };

type Entry = { readonly waiter: Waiter; readonly cancelTimer: () => void };

/** Requests that one muxer may hold back at once. The gateway merges viewers, so a handful is normal. */
export const maxWaiters = 512;

/** The requests that are held back until a part or a segment is there. */
export class WaitingRoom {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #closed = false;

  /** @param clock times the waits */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  /** Answers at once where that is possible, else waits for {@link wake}. The returned function gives up silently. */
  wait(waiter: Waiter, timeoutMs: number): () => void {
    if (this.#closed) {
      waiter.fail("closed");
      return () => undefined;
    }
    if (waiter.tryAnswer()) {
      return () => undefined;
    }
    if (this.#entries.size >= maxWaiters) {
      waiter.fail("full");
      return () => undefined;
    }
    const cancelTimer = this.#clock.after(timeoutMs, () => {
      this.#entries.delete(entry);
      waiter.fail("timeout");
    });
    const entry: Entry = { waiter, cancelTimer };
    this.#entries.add(entry);
    return () => this.#leave(entry);
  }

  /** Lets everybody look again; answers go out in the same tick. */
  wake(): void {
    for (const entry of this.#entries) {
      if (entry.waiter.tryAnswer()) {
        this.#leave(entry);
      }
    }
  }

  /** Ends every wait, now and from now on. */
  close(): void {
    this.#closed = true;
    for (const entry of [...this.#entries]) {
      this.#leave(entry);
      entry.waiter.fail("closed");
    }
  }

  #leave(entry: Entry): void {
    entry.cancelTimer();
    this.#entries.delete(entry);
  }
}
