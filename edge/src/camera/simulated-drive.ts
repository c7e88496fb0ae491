import { fileURLToPath } from "node:url";
import type { CameraBuilder } from "./camera.ts";
import { rawFrameOptions } from "./raw-frames.ts";

/** The simulated vehicle from above, drawn by a program of this package from the vehicle's log. */
export const buildSimulatedDrive: CameraBuilder<"simulated-drive"> = (source) => {
  const { width, height, fps, logFile } = source;
  const script = fileURLToPath(new URL(`./car-picture/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
  return {
    inputOptions: rawFrameOptions({ format: "rawvideo", pixelFormat: "yuv420p", width, height, fps }),
    inputUrl: "pipe:0",
    feeder: [process.execPath, script, String(width), String(height), String(fps), logFile],
  };
};
