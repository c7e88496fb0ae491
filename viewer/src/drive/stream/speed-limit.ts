import { driveLimits } from "@helmcast/config";

/** One press of a speed key or shoulder button, as a share. */
export const speedStep = 0.1;

/** Pure: the speed limit after a wish for `wanted`, a share of the device's own limit. It can't rise while the vehicle moves; nonsense changes nothing. */
export function setSpeed(limit: number, wanted: number, moving: boolean): number {
  if (!Number.isFinite(wanted)) {
    return limit;
  }
  const kept = Math.round(Math.min(driveLimits.mostSpeed, Math.max(driveLimits.leastSpeed, wanted)) * 100) / 100;
  return moving ? Math.min(limit, kept) : kept;
}
