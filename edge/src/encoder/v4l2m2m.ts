import { type EncoderBuilder, gopFrames } from "./encoder.ts";

/**
 * Hardware encoding of Raspberry Pi 3, 4 and Zero 2. Upstream ffmpeg sets a GOP control that the driver ignores
 * (jc-kynesim/rpi-ffmpeg#49), so IDR pictures are forced by time. 6 and 4 are the fewest buffers it takes; more would be latency.
 */
export const buildV4l2m2m: EncoderBuilder = (goal) => [
  "-c:v",
  "h264_v4l2m2m",
  "-pix_fmt",
  "yuv420p",
  "-bf",
  "0",
  "-b:v",
  `${goal.bitrateKbps}k`,
  "-g",
  String(gopFrames(goal)),
  "-force_key_frames",
  `expr:gte(t,n_forced*${goal.gopMs / 1000})`,
  "-num_output_buffers",
  "6",
  "-num_capture_buffers",
  "4",
];
