import type { StopCause } from "@helmcast/config";
import { type DriveState, type MotorOutput, readOutput, stepDrive } from "../command/drive-machine.ts";
import type { CarLogEntry } from "../motors/simulated.ts";
import { digestState, isSameDigest } from "./digest.ts";
import type { BlackBoxLine } from "./file-schema.ts";
import { planOutputs } from "./plan-outputs.ts";
import type { BlackBoxFile } from "./read-file.ts";
import { createReplayCar, type ReplayCar } from "./replay-car.ts";
import { restoreState } from "./restore-state.ts";

type Step = Extract<BlackBoxLine, { kind: "step" }>;
type Output = Extract<BlackBoxLine, { kind: "output" }>;

/** Where a replay first went another way: the line of the file (the header is 1), and both sides. `state` is the whole replayed state. */
export type Difference = {
  readonly line: number;
  readonly atMs: number;
  readonly what: "state" | "output";
  readonly recorded: object | null;
  readonly replayed: object | null;
  readonly state: DriveState;
};

/** A moment at which the vehicle had to stand, and why. */
export type Stop = { readonly atMs: number; readonly cause: StopCause };

/**
 * What a replay gave. `outputs`: what the motors were told, in order. `car`: what the wheels of a simulated car did by that, its own guard included.
 */
export type ReplayResult = {
  readonly steps: number;
  readonly outputs: ReadonlyArray<MotorOutput & { readonly atMs: number }>;
  readonly car: readonly CarLogEntry[];
  readonly stops: readonly Stop[];
  readonly difference: Difference | null;
};

/**
 * Tells the drive machine everything that it was told then, at the same times, and compares what it decides and what the motors hear with what was recorded.
 * It goes on to the end after a difference, so that the whole trace can be looked at.
 */
export function replay({ header, lines }: BlackBoxFile): ReplayResult {
  const startMs = lines[0]?.atMs ?? header.monotonicMs;
  const before = header.before === null ? null : restoreState(header.before, header.atRest);
  const run = new Run(before, createReplayCar(startMs));
  lines.forEach((line, index) => {
    run.take(line, index + 2);
  });
  return run.finish(lines.at(-1)?.atMs ?? startMs);
}

class Run {
  readonly #car: ReplayCar;
  readonly #outputs: Array<MotorOutput & { readonly atMs: number }> = [];
  readonly #stops: Stop[] = [];
  #state: DriveState | null;
  #steps = 0;
  #difference: Difference | null = null;
  /** What the last step wants the motors to be told and the recording has not shown yet. */
  #owed: MotorOutput[] = [];
  #applied: MotorOutput | null;
  #line = 1;

  constructor(state: DriveState | null, car: ReplayCar) {
    this.#state = state;
    this.#car = car;
    this.#applied = state === null ? null : readOutput(state);
    if (this.#applied !== null && state !== null) {
      this.#tell(planOutputs(null, this.#applied), state.nowMs);
    }
  }

  take(line: BlackBoxLine, number: number): void {
    this.#line = number;
    if (line.kind === "begin") {
      this.#state = restoreState(line.state, true);
    } else if (line.kind === "step") {
      this.#step(line, number);
    } else if (line.kind === "output") {
      this.#compareOutput(line, number);
    }
  }

  finish(atMs: number): ReplayResult {
    this.#missOutput(this.#line, atMs);
    this.#car.finish(atMs);
    return { steps: this.#steps, outputs: this.#outputs, car: this.#car.trace, stops: this.#stops, difference: this.#difference };
  }

  #step({ event, after, atMs }: Step, line: number): void {
    this.#missOutput(line, atMs);
    const before = this.#state;
    if (before === null) {
      return;
    }
    const { state, apply } = stepDrive(before, event);
    this.#state = state;
    this.#steps += 1;
    const replayed = digestState(state);
    if (!isSameDigest(after, replayed)) {
      this.#differ({ line, atMs, what: "state", recorded: after, replayed, state });
    }
    const { cause } = state.watchdog;
    if (
      cause !== null &&
      cause !== "start" &&
      (cause !== before.watchdog.cause || state.watchdog.latchedAtMs !== before.watchdog.latchedAtMs)
    ) {
      this.#stops.push({ atMs: state.nowMs, cause });
    }
    if (apply) {
      const output = readOutput(state);
      this.#owed = [...planOutputs(this.#applied, output)];
      this.#applied = output;
      this.#outputs.push(...this.#owed.map((each) => ({ ...each, atMs: state.nowMs })));
      this.#tell(this.#owed, state.nowMs);
    }
  }

  #tell(outputs: readonly MotorOutput[], atMs: number): void {
    for (const output of outputs) {
      this.#car.apply(output, atMs);
    }
  }

  #compareOutput({ throttle, steer, pan, tilt, atMs }: Output, line: number): void {
    const replayed = this.#owed.shift() ?? null;
    const recorded = { throttle, steer, pan: pan ?? null, tilt: tilt ?? null };
    const isSame = replayed?.throttle === throttle && replayed.steer === steer;
    if (!isSame || (replayed.pan ?? null) !== recorded.pan || (replayed.tilt ?? null) !== recorded.tilt) {
      this.#differ({ line, atMs, what: "output", recorded, replayed });
    }
  }

  /** The motors were to be told more than the recording shows. */
  #missOutput(line: number, atMs: number): void {
    const [replayed] = this.#owed;
    this.#owed = [];
    if (replayed !== undefined) {
      this.#differ({ line, atMs, what: "output", recorded: null, replayed });
    }
  }

  #differ(difference: Omit<Difference, "state"> & { readonly state?: DriveState }): void {
    const state = difference.state ?? this.#state;
    if (state !== null) {
      this.#difference ??= { ...difference, state };
    }
  }
}
