import { type EncoderBuilder, gopFrames } from "./encoder.ts";

/**
 * Software encoding. Baseline and yuv420p suit every browser (a camera's MJPEG would otherwise become High 4:2:2). The half-second buffer
 * bounds how much one IDR picture may burst, and with it the delay on a thin uplink.
 */
export const buildX264: EncoderBuilder = (goal) => {
  const gop = String(gopFrames(goal));
  return [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
    "-bf",
    "0",
    "-g",
    gop,
    "-keyint_min",
    gop,
    "-sc_threshold",
    "0",
    "-b:v",
    `${goal.bitrateKbps}k`,
    "-maxrate",
    `${goal.bitrateKbps}k`,
    "-bufsize",
    `${Math.round(goal.bitrateKbps / 2)}k`,
  ];
};
