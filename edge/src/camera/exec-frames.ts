import type { CameraBuilder } from "./camera.ts";
import { rawFrameOptions } from "./raw-frames.ts";

/** Raw frames from a program of the owner. */
export const buildExecFrames: CameraBuilder<"exec"> = (source) => ({
  inputOptions: rawFrameOptions(source),
  inputUrl: "pipe:0",
  feeder: source.command,
});
