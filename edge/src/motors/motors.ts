import type { DriveCommand } from "../command/accept-command.ts";

/** What moves the vehicle. Lives in the motor process only. `nowMs` is the machine's monotonic clock. */
export type Motors = {
  apply(output: DriveCommand, nowMs: number): void;
  /** Neutral, and let go of the hardware. */
  close(nowMs: number): void;
};
