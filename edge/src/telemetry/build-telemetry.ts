import type { Telemetry } from "@helmcast/config";
import type { DriveState } from "../command/drive-machine.ts";

/** What telemetry says of the device in this moment. `kind` names the sort of motors; `nowMs` is the device's monotonic clock. */
export function buildTelemetry(state: DriveState, kind: string, nowMs: number): Telemetry {
  const { watchdog, look, lease, memory, abilities } = state;
  return {
    v: 1,
    stampMs: nowMs,
    phase: watchdog.phase,
    cause: watchdog.cause,
    throttle: watchdog.output.throttle,
    steer: watchdog.output.steer,
    pan: look?.at.pan ?? null,
    tilt: look?.at.tilt ?? null,
    driver: lease.inForce?.holder ?? null,
    lastSeq: lease.inForce !== null && lease.inForce.lease === memory.lease ? memory.drive : -1,
    loopMs: state.loopMs,
    refused: state.refused,
    drive: { kind, maxThrottle: abilities.maxThrottle, look: abilities.look },
  };
}

/** Whether people shall hear of a change at once: what the watchdog does, why, and who drives. */
export function isNews(before: DriveState, after: DriveState): boolean {
  return (
    before.watchdog.phase !== after.watchdog.phase ||
    before.watchdog.cause !== after.watchdog.cause ||
    before.lease.inForce?.lease !== after.lease.inForce?.lease
  );
}

/** Whether telemetry comes often: somebody drives, or the vehicle moves. */
export function isLively(state: DriveState): boolean {
  return state.lease.inForce !== null || state.watchdog.targetThrottle !== 0 || state.watchdog.output.throttle !== 0;
}
