import type { MotorOutput as DriveOutput } from "../command/drive-machine.ts";
import { MotorGuard } from "../motors/motor-guard.ts";
import { type MotorOutput, neutralOutput } from "../motors/motors.ts";
import { type CarLogEntry, continueCar } from "../motors/simulated.ts";
import { ReplayClock } from "./replay-clock.ts";

/** The simulated car on the recording's clock, held by the same guard as on a device: it stops by itself too when outputs fail to come. */
export type ReplayCar = {
  apply(output: DriveOutput, atMs: number): void;
  /** Lets time pass to the end of the recording. */
  finish(atMs: number): void;
  /** What the wheels did, from the start on; an entry whenever that changed. */
  readonly trace: readonly CarLogEntry[];
};

/** Puts the car down at `startMs`, standing. */
export function createReplayCar(startMs: number): ReplayCar {
  const clock = new ReplayClock(startMs);
  const trace: CarLogEntry[] = [{ ...neutralOutput, atMs: startMs, pose: { x: 0, y: 0, heading: 0, speed: 0 } }];
  const move = (output: MotorOutput, atMs: number): void => {
    const last = trace.at(-1);
    const isSame = last !== undefined && last.throttle === output.throttle && last.steer === output.steer;
    if (last !== undefined && !(isSame && last.pan === output.pan && last.tilt === output.tilt)) {
      trace.push({ ...output, atMs, pose: continueCar(last, atMs) });
    }
  };
  const guard = new MotorGuard({ apply: move, close: () => Promise.resolve() }, clock);
  return {
    apply(output, atMs) {
      clock.moveTo(atMs);
      guard.take(JSON.stringify({ atMs, ...output }));
    },
    finish: (atMs) => clock.moveTo(atMs),
    trace,
  };
}
