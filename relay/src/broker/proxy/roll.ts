import type { DeviceStatus } from "@helmcast/config";

/** Devices remembered; as many as can be enrolled. */
const maxDevices = 1000;

/** What each device last said of itself, for a broker that loses its kept messages. */
export type Roll = {
  readonly note: (device: string, status: DeviceStatus) => void;
  /** All that were there count as gone; gives those that changed by it. */
  markAllAbsent(): Array<readonly [string, DeviceStatus]>;
  /** All that are gone. */
  takeAbsent(): Array<readonly [string, DeviceStatus]>;
};

/** An empty roll. */
export function createRoll(): Roll {
  const known = new Map<string, DeviceStatus>();
  return {
    note(device, status) {
      if (known.has(device) || known.size < maxDevices) {
        known.set(device, status);
      }
    },
    markAllAbsent() {
      const gone = [...known]
        .filter(([, status]) => status.online)
        .map(([device, status]) => [device, { ...status, online: false }] as const);
      for (const [device, status] of gone) {
        known.set(device, status);
      }
      return gone;
    },
    takeAbsent: () => [...known].filter(([, status]) => !status.online),
  };
}
