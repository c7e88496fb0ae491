import type { Clock } from "@helmcast/runtime";

/** Shortest time between two status messages, ms: a flapping camera may not flood the broker. */
const minGapMs = 500;

/**
 * Sends the newest status, at most twice a second, and only when it differs from the last one sent. `send` gives false while there is no
 * link; then the status waits for {@link StatusOutbox.resend}.
 */
export class StatusOutbox {
  readonly #clock: Clock;
  readonly #build: () => string;
  readonly #send: (text: string) => boolean;
  #lastSent: string | null = null;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  /** @param clock time @param build writes the status of this moment @param send puts it on the link */
  constructor(clock: Clock, build: () => string, send: (text: string) => boolean) {
    this.#clock = clock;
    this.#build = build;
    this.#send = send;
  }

  /** Something changed: send soon. */
  changed(): void {
    if (this.#cancel === null) {
      const waitMs = Math.max(0, this.#lastSentAtMs + minGapMs - this.#clock.monotonicMs());
      this.#cancel = this.#clock.after(waitMs, () => this.#flush());
    }
  }

  /** The link is new: the broker may have the last will, so send even when nothing changed. */
  resend(): void {
    this.#lastSent = null;
    this.changed();
  }

  /** Drops what waits. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #flush(): void {
    this.#cancel = null;
    const text = this.#build();
    if (text !== this.#lastSent && this.#send(text)) {
      this.#lastSent = text;
      this.#lastSentAtMs = this.#clock.monotonicMs();
    }
  }
}
