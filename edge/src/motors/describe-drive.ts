import type { DriveSettings, LookRanges } from "@helmcast/config/load";

/** What a vehicle can do, as telemetry says it. `look` is null without a moving camera. */
export type DriveDescription = { readonly kind: DriveSettings["type"]; readonly maxThrottle: number; readonly look: LookRanges | null };

/** Camera mount of the PiCar-X, degrees, as its library has it (CAM_PAN_MIN to CAM_TILT_MAX). The simulated car has the same. */
export const picarxLook: LookRanges = { panMin: -90, panMax: 90, tiltMin: -35, tiltMax: 65 };

/** What the vehicle of these settings can do. */
export function describeDrive(settings: DriveSettings): DriveDescription {
  return { kind: settings.type, maxThrottle: settings.maxThrottle, look: findLook(settings) };
}

function findLook(settings: DriveSettings): LookRanges | null {
  switch (settings.type) {
    case "simulated":
    case "picarx":
      return picarxLook;
    case "exec":
    case "serial":
      return settings.look ?? null;
    case "pca9685":
      return settings.panChannel === undefined && settings.tiltChannel === undefined ? null : (settings.look ?? picarxLook);
    case "none":
    case "gpio":
      return null;
  }
}
