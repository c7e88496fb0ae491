import { type Clock, parseJson } from "@helmcast/runtime";
import { z } from "zod";
import { type MotorOutput, type Motors, neutralOutput } from "./motors.ts";

/** Silence from the agent, ms, after which there is no throttle, and after which the steering is straight too. As the agent's own watchdog. */
const softMs = 250;
const hardMs = 500;

/** Oldest line that is obeyed, ms: after this process was halted, the pipe is full of the past. */
const maxLineAgeMs = 250;

/** Checked once more on this side of the pipe: the process that holds the motors trusts nobody. */
const lineSchema = z.strictObject({
  atMs: z.number(),
  throttle: z.number().min(-1).max(1),
  steer: z.number().min(-1).max(1),
  pan: z.number().min(-180).max(180).optional(),
  tilt: z.number().min(-90).max(90).optional(),
});

/**
 * Holds the motors by lines of JSON. No throttle after 250 ms without a line, neutral after 500 ms, for a line that is none or an old one, and for good when
 * the lines end. After it stopped a moving vehicle it takes throttle again only once a line asked for none. The camera keeps its direction.
 */
export class MotorGuard {
  readonly #motors: Motors;
  readonly #clock: Clock;
  #output = neutralOutput;
  /** Neutral has to be asked for before anything moves. */
  #stopped = true;
  #closing: Promise<void> | null = null;
  #lineAtMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  /** @param motors what to hold; they are in neutral @param clock timers, and the machine's monotonic time, which the lines carry too */
  constructor(motors: Motors, clock: Clock) {
    this.#motors = motors;
    this.#clock = clock;
  }

  /** Takes one line from the agent. */
  take(line: string): void {
    if (this.#closing !== null) {
      return;
    }
    const parsed = lineSchema.safeParse(parseJson(line));
    const nowMs = this.#clock.monotonicMs();
    if (!parsed.success || nowMs - parsed.data.atMs > maxLineAgeMs) {
      this.#stop();
      return;
    }
    const { throttle, steer, pan = this.#output.pan, tilt = this.#output.tilt } = parsed.data;
    // After a halt of this process a fresh line can be read before the late timer runs, so silence is judged before the line is believed.
    this.#stopped ||= this.#output.throttle !== 0 && nowMs - this.#lineAtMs >= softMs;
    this.#stopped &&= throttle !== 0;
    this.#lineAtMs = nowMs;
    this.#apply({ ...(this.#stopped ? { throttle: 0, steer: 0 } : { throttle, steer }), pan, tilt });
    this.#cancel();
    this.#cancel = this.#clock.after(softMs, () => this.#hold());
  }

  /** The lines have ended, or this process is told to: neutral for good, in the call itself. Resolves when the hardware is let go. */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#cancel();
      this.#closing = this.#motors.close(this.#clock.monotonicMs());
    }
    return this.#closing;
  }

  /** The short silence: no throttle, the steering stays. A vehicle that stood was not stopped. */
  #hold(): void {
    this.#stopped ||= this.#output.throttle !== 0;
    this.#apply({ ...this.#output, throttle: 0 });
    this.#cancel = this.#clock.after(hardMs - softMs, () => this.#apply({ ...this.#output, throttle: 0, steer: 0 }));
  }

  #stop(): void {
    this.#cancel();
    this.#stopped = true;
    this.#apply({ ...this.#output, throttle: 0, steer: 0 });
  }

  #apply(output: MotorOutput): void {
    this.#output = output;
    this.#motors.apply(output, this.#clock.monotonicMs());
  }
}
