import type { DeviceStatus } from "@helmcast/config";
import type { CameraSettings } from "@helmcast/config/load";
import type { CameraReport } from "../publish/camera-publisher.ts";

/** A camera's settings and what it is doing. */
export type CameraWithReport = { readonly camera: CameraSettings; readonly report: CameraReport };

/** Longest detail in a status, characters (the contract's bound). */
const maxDetailChars = 300;

/** The device's status message. `online: false` is the last will. */
export function buildDeviceStatus(online: boolean, cameras: readonly CameraWithReport[]): DeviceStatus {
  return {
    v: 1,
    online,
    cameras: cameras.map(({ camera, report }) => ({
      id: camera.id,
      name: camera.name ?? camera.id,
      stamped: camera.stamp,
      width: camera.source.width,
      height: camera.source.height,
      fps: camera.source.fps,
      state: online ? report.state : "stopped",
      ...(report.detail === null || !online ? {} : { detail: report.detail.slice(0, maxDetailChars) }),
    })),
  };
}
