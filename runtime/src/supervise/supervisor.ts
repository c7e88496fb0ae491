import { AppError } from "@helmcast/config";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type BackoffRule, backoffDelayMs } from "./backoff.ts";
import { type ChildExit, describeExit } from "./child-exit.ts";
import { type ChildSpec, type RunningChild, spawnChild } from "./child-process.ts";
import { type ReadyRule, watchReady } from "./ready.ts";
import {
  initialSupervision,
  type SupervisionAction,
  type SupervisionEvent,
  type SupervisorState,
  stepSupervision,
} from "./supervisor-machine.ts";

export type { ReadyRule } from "./ready.ts";

/** What a {@link Supervisor} needs. A listener that throws is logged and changes nothing. */
export type SupervisorOptions = {
  readonly name: string;
  /** Asked before every launch; a rejection counts as a failure. */
  readonly spec: () => ChildSpec | Promise<ChildSpec>;
  readonly ready: ReadyRule;
  /** A child that is not ready this long after its launch is ended and counts as a failure. */
  readonly readyTimeoutMs: number;
  /** `resetAfterMs`: a child that was ready this long makes earlier failures forgotten. */
  readonly backoff: BackoffRule & { readonly resetAfterMs: number };
  readonly clock: Clock;
  /** From 0 up to 1, for the jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** Failures in a row after which the state is `failed`. Default: it never gives up. */
  readonly maxFailures?: number;
  /** After every start and restart, once ready. */
  readonly onReady?: () => void | Promise<void>;
  /** The child ended by itself or did not get ready; never for `stop()` and `restart()`. */
  readonly onDied?: (exit: ChildExit) => void;
  readonly onState?: (state: SupervisorState) => void;
  /** Lets the owner wait longer or shorter than planned, for example after a refusal. ms. */
  readonly nextDelayMs?: (exit: ChildExit, plannedMs: number) => number;
};

type Waiter = { resolve(): void; reject(error: unknown): void };

const unknownExit: ChildExit = { code: null, signal: null };

/** Keeps one child running: starts it, learns from it when it is ready, brings it back after a growing delay when it dies. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #log: Log;
  #now = initialSupervision;
  #child: RunningChild | null = null;
  #lastExit = unknownExit;
  #readySinceMs: number | null = null;
  #cancelBackoff: () => void = () => undefined;
  #starters: Waiter[] = [];
  #stoppers: Waiter[] = [];

  /** @param options see {@link SupervisorOptions} */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#log = options.log.child({ supervisor: options.name });
  }

  /** What it is doing now. */
  get state(): SupervisorState {
    return this.#now.state;
  }

  /** The child that runs, or null. */
  get child(): RunningChild | null {
    return this.#child;
  }

  /** Resolves at the first ready. Rejects with AppError HC_CHILD_FAILED when it is given up or `stop()` comes first. */
  start(): Promise<void> {
    if (this.state === "ready") {
      return Promise.resolve();
    }
    if (this.state === "stopping") {
      return Promise.reject(this.#failure("It is being stopped."));
    }
    const started = new Promise<void>((resolve, reject) => this.#starters.push({ resolve, reject }));
    this.#dispatch({ type: "start" });
    return started;
  }

  /** Ends the child and brings no other. Resolves once its whole process group is gone. May be called again and in any state. */
  stop(): Promise<void> {
    this.#dispatch({ type: "stop" });
    if (this.state === "stopped") {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#stoppers.push({ resolve, reject }));
  }

  /** Ends the child; the next one follows at once and nothing counts as a failure. Does nothing where no child is wanted. */
  restart(reason: string): void {
    this.#log.info({ reason }, "restarting");
    this.#dispatch({ type: "restart" });
  }

  #dispatch(event: SupervisionEvent): void {
    const before = this.#now.state;
    const { next, actions } = stepSupervision(this.#now, event, this.#options.maxFailures ?? Number.POSITIVE_INFINITY);
    this.#now = next;
    if (next.state !== before) {
      this.#log.debug({ from: before, to: next.state }, "state");
      this.#tell("onState", () => this.#options.onState?.(next.state));
    }
    for (const action of actions) {
      this.#perform(action);
    }
    if (next.state === "stopped") {
      this.#settle(this.#starters, (waiter) => waiter.reject(this.#failure("It was stopped before it was ready.")));
      this.#settle(this.#stoppers, (waiter) => waiter.resolve());
    }
  }

  #perform(action: SupervisionAction): void {
    switch (action.type) {
      case "launch":
        void this.#launch();
        break;
      case "terminate":
        void this.#child?.stop();
        break;
      case "back-off":
        this.#backOff(action.failures);
        break;
      case "cancel-back-off":
        this.#cancelBackoff();
        break;
      case "announce-ready":
        this.#readySinceMs = this.#options.clock.monotonicMs();
        this.#log.info("ready");
        this.#tell("onReady", () => this.#options.onReady?.());
        this.#settle(this.#starters, (waiter) => waiter.resolve());
        break;
      case "announce-died":
        this.#tell("onDied", () => this.#options.onDied?.(this.#lastExit));
        break;
      case "give-up":
        this.#log.error({ exit: this.#lastExit }, "given up");
        this.#settle(this.#starters, (waiter) =>
          waiter.reject(this.#failure(`The last attempt ended with ${describeExit(this.#lastExit)}.`)),
        );
        break;
    }
  }

  /** From the question for the spec to the end of the child; tells the machine `exited` exactly once. */
  async #launch(): Promise<void> {
    const { clock, ready, readyTimeoutMs } = this.#options;
    this.#readySinceMs = null;
    this.#lastExit = unknownExit;
    try {
      const spec = await this.#options.spec();
      if (this.#now.state === "starting" && this.#now.ending === null) {
        const watch = watchReady(ready, clock, readyTimeoutMs, (type) => this.#dispatch({ type }));
        const log = this.#log;
        const withLines = { onLine: (line: string, from: "stdout" | "stderr") => log.debug({ from }, line), ...spec };
        this.#child = spawnChild(watch.wrap(withLines), { log, clock });
        watch.begin();
        this.#lastExit = await this.#child.exited;
        watch.cancel();
      }
    } catch (error) {
      this.#log.warn({ err: error }, "could not be prepared");
    }
    this.#child = null;
    const lastedMs = this.#readySinceMs === null ? 0 : clock.monotonicMs() - this.#readySinceMs;
    this.#dispatch({ type: "exited", lastedLong: this.#readySinceMs !== null && lastedMs >= this.#options.backoff.resetAfterMs });
  }

  #backOff(failures: number): void {
    const planned = backoffDelayMs(this.#options.backoff, failures, this.#options.random());
    const delayMs = Math.max(0, this.#options.nextDelayMs?.(this.#lastExit, planned) ?? planned);
    this.#log.warn({ exit: this.#lastExit, failures, delayMs }, `ended: ${describeExit(this.#lastExit)}; trying again`);
    this.#cancelBackoff = this.#options.clock.after(delayMs, () => this.#dispatch({ type: "backoff-over" }));
  }

  #failure(detail: string): AppError {
    return new AppError("HC_CHILD_FAILED", { detail: `${this.#options.name}: ${detail}` });
  }

  #settle(waiters: Waiter[], settle: (waiter: Waiter) => void): void {
    for (const waiter of waiters.splice(0)) {
      settle(waiter);
    }
  }

  #tell(listener: string, call: () => void | Promise<void> | undefined): void {
    const fail = (error: unknown): void => this.#log.error({ err: error, listener }, "a listener failed");
    try {
      Promise.resolve(call()).catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}
