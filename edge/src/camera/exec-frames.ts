import type { CameraBuilder } from "./camera.ts";

/**
 * Raw frames from a program of the owner. No `-re`: the program sets the pace, and holding a live camera back only adds delay.
 * The queue is short because every waiting frame is latency.
 */
export const buildExecFrames: CameraBuilder<"exec"> = (source) => ({
  inputOptions: [
    ...["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0", "-thread_queue_size", "8"],
    ...["-f", source.format, "-pixel_format", source.pixelFormat],
    ...["-video_size", `${source.width}x${source.height}`, "-framerate", String(source.fps)],
  ],
  inputUrl: "pipe:0",
  feeder: source.command,
});
