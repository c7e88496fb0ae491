import type { StopCause } from "@helmcast/config";
import { type DriveState, readOutput } from "../command/drive-machine.ts";

/**
 * What the drive decided, of a whole state: the watchdog's phase and why it stands, why the newest command was not obeyed, what the motors shall do, and
 * the number of the lease in force.
 */
export type Digest = {
  readonly phase: DriveState["watchdog"]["phase"];
  readonly cause: StopCause | null;
  readonly refused: string | null;
  readonly throttle: number;
  readonly steer: number;
  readonly pan: number | null;
  readonly tilt: number | null;
  readonly lease: number | null;
};

/** Sums a state up. */
export function digestState(state: DriveState): Digest {
  const { throttle, steer, pan = null, tilt = null } = readOutput(state);
  const { phase, cause } = state.watchdog;
  return { phase, cause, refused: state.refused, throttle, steer, pan, tilt, lease: state.lease.inForce?.lease ?? null };
}

/** True when both say the same. */
export function isSameDigest(left: Digest, right: Digest): boolean {
  return (
    left.phase === right.phase &&
    left.cause === right.cause &&
    left.refused === right.refused &&
    left.throttle === right.throttle &&
    left.steer === right.steer &&
    left.pan === right.pan &&
    left.tilt === right.tilt &&
    left.lease === right.lease
  );
}
