import type { CameraSource } from "@helmcast/config/load";
import type { CameraInput } from "./camera.ts";
import { buildExecFrames } from "./exec-frames.ts";
import { buildSimulatedDrive } from "./simulated-drive.ts";
import { buildTestPattern } from "./test-pattern.ts";

/** Chooses the builder for a camera's kind. Pure: nothing is opened before ffmpeg runs. */
export function buildCameraInput(source: CameraSource): CameraInput {
  switch (source.type) {
    case "test":
      return buildTestPattern(source);
    case "exec":
      return buildExecFrames(source);
    case "simulated-drive":
      return buildSimulatedDrive(source);
  }
}
