import type { CameraBuilder } from "./camera.ts";

/** A moving picture from ffmpeg's own generator. `-re` holds it to real time, as a camera would; without it the encoder runs flat out. */
export const buildTestPattern: CameraBuilder<"test"> = (source) => ({
  inputOptions: ["-re", "-f", "lavfi"],
  inputUrl: `testsrc2=size=${source.width}x${source.height}:rate=${source.fps}`,
  feeder: null,
});
