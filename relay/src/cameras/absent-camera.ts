import { AppError, type StreamPath } from "@helmcast/config";
import type { CameraRegistry } from "./registry.ts";

/**
 * The refusal for a camera that gives no picture: HC_GATEWAY_CAMERA_OFFLINE when its device announced it, HC_GATEWAY_CAMERA_UNKNOWN otherwise.
 * Only for visitors who may watch the device: to others the two must look the same, which the refusal of the permission sees to.
 */
export function absentCamera(registry: Pick<CameraRegistry, "find">, camera: StreamPath): AppError {
  return new AppError(registry.find(camera) === null ? "HC_GATEWAY_CAMERA_UNKNOWN" : "HC_GATEWAY_CAMERA_OFFLINE");
}
