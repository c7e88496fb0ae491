import { AppError, parseStreamPath, type StreamPath, talkId } from "@helmcast/config";
import type { Request } from "express";

/**
 * The camera in a route with `:device` and `:camera`.
 * @throws AppError HC_GATEWAY_CAMERA_UNKNOWN when the two are no valid ids or name the loudspeaker
 */
export function cameraOf(request: Request): StreamPath {
  const path = parseStreamPath(`${String(request.params["device"])}/${String(request.params["camera"])}`);
  if (path === null || path.camera === talkId) {
    throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
  }
  return path;
}
