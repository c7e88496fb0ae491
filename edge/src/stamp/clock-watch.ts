import type { Clock } from "@helmcast/runtime";

/** How often the clocks are compared, ms, and the smallest jump that counts. Smaller ones are NTP's ordinary slewing. */
const checkMs = 1000;
const minJumpMs = 500;

/** The jump of the wall clock against the monotonic one between two looks, ms; null when it is none worth a restart. */
export function findJump(before: ClockLook, now: ClockLook): number | null {
  const jumpMs = now.wallMs - before.wallMs - (now.monotonicMs - before.monotonicMs);
  return Math.abs(jumpMs) >= minJumpMs ? jumpMs : null;
}

/** Both clocks at one moment. */
export type ClockLook = { readonly wallMs: number; readonly monotonicMs: number };

/**
 * Notices that the wall clock was set. The stamp filter takes a frame's time from it, so after a jump ahead ffmpeg would repeat frames to
 * fill the gap, and after a jump back it would drop frames until the old time is reached. A Raspberry Pi has no clock of its own and
 * jumps at every start.
 */
export class ClockWatch {
  readonly name = "clock watch";
  readonly #clock: Clock;
  readonly #onJump: (jumpMs: number) => void;
  #last: ClockLook | null = null;
  #cancel: () => void = () => undefined;

  /** @param clock time @param onJump called with the size of each jump, ms */
  constructor(clock: Clock, onJump: (jumpMs: number) => void) {
    this.#clock = clock;
    this.#onJump = onJump;
  }

  /** Begins to look. */
  async start(): Promise<void> {
    this.#look();
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#cancel();
  }

  #look(): void {
    const now = { wallMs: this.#clock.wallMs(), monotonicMs: this.#clock.monotonicMs() };
    const jumpMs = this.#last === null ? null : findJump(this.#last, now);
    this.#last = now;
    this.#cancel = this.#clock.after(checkMs, () => this.#look(), true);
    if (jumpMs !== null) {
      this.#onJump(jumpMs);
    }
  }
}
