import { existsSync } from "node:fs";
import { AppError } from "@helmcast/config";
import type { EdgeSettings } from "@helmcast/config/load";
import type { CameraInput } from "../camera/camera.ts";
import { buildCameraInput } from "../camera/open-camera.ts";

/** The camera of a computer that has one. */
const firstVideo = "/dev/video0";

/**
 * Which camera to look through: the named one, else the first of the settings that shows the world, else the computer's first.
 * @throws AppError HC_EDGE_SCAN_CAMERA when there is none
 */
export function chooseScanCamera(video: string | null, cameras: EdgeSettings["cameras"]): CameraInput {
  const own = video === null ? cameras.find(({ source }) => source.type !== "test" && source.type !== "simulated-drive") : undefined;
  if (own !== undefined) {
    return buildCameraInput(own.source);
  }
  const device = video ?? firstVideo;
  if (!existsSync(device)) {
    throw new AppError("HC_EDGE_SCAN_CAMERA", { detail: `There is no ${device}.` });
  }
  return { inputOptions: ["-f", "v4l2"], inputUrl: device, feeder: null };
}
