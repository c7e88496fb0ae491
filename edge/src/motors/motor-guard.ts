import { type Clock, parseJson } from "@helmcast/runtime";
import { z } from "zod";
import type { Motors } from "./motors.ts";

/** Longest time without a line from the agent, ms; then the motors stop whatever the agent believes. */
const silenceMs = 500;

/** Oldest line that is obeyed, ms: after this process was halted, the pipe is full of the past. */
const maxLineAgeMs = 250;

/** Checked once more on this side of the pipe: the process that holds the motors trusts nobody. */
const lineSchema = z.strictObject({ atMs: z.number(), throttle: z.number().min(-1).max(1), steer: z.number().min(-1).max(1) });

/**
 * Holds the motors by lines of JSON. Neutral after 500 ms without a line, for a line that is none or an old one, and for good when the lines end. After a
 * stop of its own it takes throttle again only once a line asked for none.
 */
export class MotorGuard {
  readonly #motors: Motors;
  readonly #clock: Clock;
  #stopped = true;
  #closed = false;
  #lineAtMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  /** @param motors what to hold @param clock timers, and the machine's monotonic time, which the lines carry too */
  constructor(motors: Motors, clock: Clock) {
    this.#motors = motors;
    this.#clock = clock;
    this.#motors.apply({ throttle: 0, steer: 0 }, this.#clock.monotonicMs());
  }

  /** Takes one line from the agent. */
  take(line: string): void {
    if (this.#closed) {
      return;
    }
    const parsed = lineSchema.safeParse(parseJson(line));
    const nowMs = this.#clock.monotonicMs();
    if (!parsed.success || nowMs - parsed.data.atMs > maxLineAgeMs) {
      this.#stop();
      return;
    }
    this.#cancel();
    this.#cancel = this.#clock.after(silenceMs, () => this.#stop());
    // After a halt of this process a fresh line can be read before the late timer runs, so silence is judged before the line is believed.
    this.#stopped ||= nowMs - this.#lineAtMs >= silenceMs;
    this.#stopped &&= parsed.data.throttle !== 0;
    this.#lineAtMs = nowMs;
    const { throttle, steer } = parsed.data;
    this.#motors.apply(this.#stopped ? { throttle: 0, steer: 0 } : { throttle, steer }, nowMs);
  }

  /** The lines have ended, or this process is told to: neutral for good. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#cancel();
      this.#motors.close(this.#clock.monotonicMs());
    }
  }

  #stop(): void {
    this.#cancel();
    this.#stopped = true;
    this.#motors.apply({ throttle: 0, steer: 0 }, this.#clock.monotonicMs());
  }
}
