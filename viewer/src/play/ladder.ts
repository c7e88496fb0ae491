import { addFrame, type FramePace, medianIntervalMs, noPace } from "./frame-pace.ts";
import { closedLadder, stepLadder } from "./ladder-machine.ts";
import type { FailureReason, LadderEffect, LadderEvent, LadderState, RungName } from "./ladder-types.ts";
import { limits } from "./limits.ts";
import { noFacts, type PaintedFrame, type Rung, type RungFacts } from "./rung.ts";
import type { StageSurface } from "./stage-surface.ts";

/** What the ladder needs of the page. Times are monotonic milliseconds. */
export type LadderOptions = {
  readonly rungs: readonly RungName[];
  readonly createRung: (name: RungName) => Rung;
  readonly surface: StageSurface;
  /** The camera's own time of the frame that a rung's element shows now; null where it cannot be read. */
  readonly readCapture: (name: RungName) => number | null;
  readonly nowMs: () => number;
  readonly seed: number;
  /** Least time between two readings of a rung's stamp. */
  readonly readEveryMs: () => number;
  /** Called for each frame that a person saw; `captureMs` is undefined where the stamp was not read. */
  readonly onShownFrame: (frame: PaintedFrame, pace: FramePace, captureMs: number | null | undefined) => void;
  readonly renewSession: () => void;
};

type Running = { readonly id: number; readonly rung: Rung; readonly abort: AbortController; pace: FramePace; readAtMs: number };

/** Runs the pure ladder: turns rungs' frames and ends into its events, and its effects into rungs started, stopped and shown. */
export class Ladder {
  readonly #options: LadderOptions;
  readonly #running = new Map<RungName, Running>();
  #state: LadderState = closedLadder;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param options the page's side of the ladder */
  constructor(options: LadderOptions) {
    this.#options = options;
  }

  /** What the ladder remembers now. */
  get state(): LadderState {
    return this.#state;
  }

  /** Starts from the best rung. */
  open(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.hear({ type: "tick" }), limits.tickMs);
    this.hear({ type: "open", rungs: this.#options.rungs, seed: this.#options.seed });
  }

  /** Ends every rung and forgets everything. */
  close(): void {
    clearInterval(this.#timer);
    this.hear({ type: "close" });
  }

  /** Tells the ladder what happened. */
  hear(event: LadderEvent): void {
    const before = this.#state;
    const [state, effects] = stepLadder(before, event, this.#options.nowMs());
    this.#state = state;
    for (const effect of effects) {
      this.#perform(effect, before.shown);
    }
  }

  /** Facts of the shown rung. */
  async describe(): Promise<RungFacts> {
    const { shown } = this.#state;
    const facts = shown === null ? undefined : this.#running.get(shown)?.rung.describe();
    // A connection that is just being closed may refuse to be asked.
    return (await facts?.catch(() => null)) ?? noFacts;
  }

  #perform(effect: LadderEffect, shownBefore: RungName | null): void {
    const { surface } = this.#options;
    switch (effect.type) {
      case "start":
        this.#start(effect.rung, effect.id);
        break;
      case "stop":
        this.#running.get(effect.rung)?.abort.abort();
        this.#running.delete(effect.rung);
        break;
      case "show":
        surface.show(effect.rung);
        break;
      case "keep-picture":
        if (shownBefore !== null) {
          surface.keepPicture(shownBefore);
        }
        break;
      case "clear-picture":
        surface.clear();
        break;
      case "renew-session":
        this.#options.renewSession();
        break;
    }
  }

  #start(name: RungName, id: number): void {
    const running: Running = { id, rung: this.#options.createRung(name), abort: new AbortController(), pace: noPace, readAtMs: 0 };
    this.#running.set(name, running);
    running.rung.frames((frame) => this.#onFrame(name, running, frame));
    // A browser may refuse a new connection by throwing at once; that is a failed attempt like any other.
    const ended = new Promise<FailureReason | null>((resolve) => resolve(running.rung.start(running.abort.signal)));
    ended.then(
      (reason) => reason !== null && this.hear({ type: "failed", rung: name, id, reason }),
      () => this.hear({ type: "failed", rung: name, id, reason: "network" }),
    );
  }

  #onFrame(name: RungName, running: Running, frame: PaintedFrame): void {
    running.pace = addFrame(running.pace, frame.paintedAtMs);
    const nowMs = this.#options.nowMs();
    const due = nowMs - running.readAtMs >= this.#options.readEveryMs();
    if (due) {
      running.readAtMs = nowMs;
    }
    const captureMs = due ? this.#options.readCapture(name) : undefined;
    const medianMs = medianIntervalMs(running.pace);
    this.hear({ type: "frame", rung: name, id: running.id, captureMs: captureMs ?? null, medianMs });
    if (this.#state.shown === name && this.#state.attempts[name]?.id === running.id) {
      this.#options.onShownFrame(frame, running.pace, captureMs);
    }
  }
}
