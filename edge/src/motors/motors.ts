import type { ErrorCode } from "@helmcast/config";

/** What the motors shall do. Throttle and steer from -1 to 1, positive is ahead and right; pan and tilt in degrees, positive is right and up. */
export type MotorOutput = { readonly throttle: number; readonly steer: number; readonly pan: number; readonly tilt: number };

/** Standing still, looking ahead. */
export const neutralOutput: MotorOutput = { throttle: 0, steer: 0, pan: 0, tilt: 0 };

/** Hardware that is held. Lives in the motor process only. `nowMs` is the machine's monotonic clock. */
export type Motors = {
  apply(output: MotorOutput, nowMs: number): void;
  /** Neutral at once, in the call itself; then lets go of the hardware. Resolves when that is done; never rejects. */
  close(nowMs: number): Promise<void>;
};

/** Why hardware was not got or was lost. The code's sentence says it to a person, `detail` is what the hardware's side said. */
export type MotorLoss = { readonly code: ErrorCode; readonly detail: string };

/** A warm start: everything is loaded and nothing is touched, so that the hardware can be taken within milliseconds. */
export type PreparedMotors = {
  /**
   * Takes the hardware and writes neutral to it first of all. `onLost` is called once when the hardware is lost afterwards.
   * @throws AppError with a code of {@link MotorLoss}
   */
  open(onLost: (loss: MotorLoss) => void): Promise<Motors>;
  /** Process group of a program that touches the hardware, which has to be gone before another may; null without one. */
  readonly programGroup: () => number | null;
  /** Ends what was prepared and not opened. */
  discard(): Promise<void>;
};
