import type { Clock } from "@helmcast/runtime";
import type { DriveMotors } from "../command/drive.ts";
import { beginDrive, type DriveEvent, type DriveState, type MotorOutput } from "../command/drive-machine.ts";
import type { LinkMessage } from "../command/mqtt-link.ts";
import { describeMessage } from "./describe-message.ts";
import type { BlackBoxRecord } from "./types.ts";

/** Channels whose messages go into the black box. */
const recordedChannels: readonly string[] = ["cmd", "camera", "estop", "lease"];

/** Listens to driving from three sides. */
export type DriveTap = {
  /** Call it with every message before the drive gets it. */
  takeMessage(message: LinkMessage): void;
  /** For the drive's `record`: called after a step and after what the motors were told by it. */
  readonly record: (event: DriveEvent, state: DriveState) => void;
  /** Gives motors that are recorded and pass everything on. */
  tapMotors(motors: DriveMotors): DriveMotors;
};

/** Makes one. @param clock the machine's monotonic clock, the drive's own */
export function tapDrive(record: BlackBoxRecord, clock: Pick<Clock, "monotonicMs">): DriveTap {
  let hasBegun = false;
  /** What the motors were told since the last step; two at most come of one step. */
  const told: Array<MotorOutput & { readonly atMs: number }> = [];
  return {
    takeMessage(message) {
      if (recordedChannels.includes(message.channel)) {
        record(describeMessage(message, clock.monotonicMs()));
      }
    },
    record(event, state) {
      const atMs = state.nowMs;
      if (!hasBegun) {
        hasBegun = true;
        record({ kind: "begin", atMs: state.startedAtMs, state: beginDrive(state.abilities, state.startedAtMs) });
      }
      record({ kind: "step", atMs, event, state });
      for (const { throttle, steer, pan, tilt, atMs: toldAtMs } of told) {
        record({ kind: "output", atMs: toldAtMs, throttle, steer, pan, tilt });
      }
      told.length = 0;
    },
    tapMotors: (motors) => ({
      start: () => motors.start(),
      stop: () => motors.stop(),
      apply(output) {
        told.push({ ...output, atMs: clock.monotonicMs() });
        motors.apply(output);
      },
    }),
  };
}
