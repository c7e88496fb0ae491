import type { Clock, Log } from "@helmcast/runtime";
import type { DriveCommand } from "../command/accept-command.ts";
import { initialWatchdog, nextDeadlineMs, stepWatchdog, type WatchdogEvent, type WatchdogState } from "./watchdog-machine.ts";

/** What the watchdog needs: a clock and the way to the motors. */
export type WatchdogOptions = { readonly clock: Clock; readonly log: Log; readonly apply: (output: DriveCommand) => void };

/** Runs the watchdog machine: one timer, set to the moment when silence means something next. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #state: WatchdogState = initialWatchdog;
  #cancel: () => void = () => undefined;
  #closed = false;

  /** @param options clock, log, motors */
  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** What it has decided. */
  get state(): WatchdogState {
    return this.#state;
  }

  /** Takes an accepted command. Every one is passed on, also an unchanged one, because the motors' own timer waits for it. */
  command(command: DriveCommand, clearsStop: boolean): void {
    this.#step({ type: "command", command, clearsStop, atMs: this.#options.clock.monotonicMs() }, true);
  }

  /** Something is wrong: neutral at once. */
  fault(cause: Extract<WatchdogEvent, { type: "fault" }>["cause"]): void {
    this.#step({ type: "fault", cause }, true);
  }

  /** Somebody pressed stop: neutral at once, and latched. */
  pressStop(): void {
    this.#step({ type: "stop-pressed" }, true);
  }

  /** Neutral for good: nothing that comes later arms it again, and no timer is left. */
  close(): void {
    this.fault("agent-exit");
    this.#closed = true;
    this.#cancel();
  }

  #step(event: WatchdogEvent, always: boolean): void {
    if (this.#closed) {
      return;
    }
    const before = this.#state;
    this.#state = stepWatchdog(before, event);
    if (this.#state.phase !== before.phase) {
      this.#options.log.info({ from: before.phase, to: this.#state.phase, cause: this.#state.cause }, "drive");
    }
    if (always || this.#state.output !== before.output) {
      this.#options.apply(this.#state.output);
    }
    this.#cancel();
    const deadlineMs = nextDeadlineMs(this.#state);
    if (deadlineMs !== null) {
      const waitMs = Math.max(0, deadlineMs - this.#options.clock.monotonicMs());
      this.#cancel = this.#options.clock.after(waitMs, () => this.#step({ type: "tick", atMs: this.#options.clock.monotonicMs() }, false));
    }
  }
}
