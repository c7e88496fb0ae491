import type { CameraSettings } from "@helmcast/config/load";
import { buildCameraInput } from "../camera/open-camera.ts";
import { buildEncoderOptions } from "../encoder/choose-encoder.ts";
import type { EncoderName } from "../encoder/encoder.ts";
import type { FfmpegPlan } from "../ffmpeg/assemble.ts";
import { buildStampFilter } from "../stamp/stamp-filter.ts";

/** Largest RTP packet, bytes: what fits a browser's path without fragments (MediaMTX contract, section 7). */
const packetBytes = 1200;

/**
 * The ffmpeg run that publishes one camera to `outputUrl`, which is the loopback tunnel's address and holds no credential.
 * `dump_extra` puts SPS and PPS before every IDR picture, because the RTSP muxer alone sends them in the SDP only and late viewers
 * would see nothing. The mux delay is 0 and packets are flushed at once, so nothing waits in ffmpeg.
 */
export function planPublish(camera: CameraSettings, encoder: EncoderName, outputUrl: string): FfmpegPlan {
  const { source } = camera;
  const input = buildCameraInput(source);
  const stamp = camera.stamp ? ["-vf", buildStampFilter(source.width, source.height)] : [];
  const goal = { width: source.width, height: source.height, fps: source.fps, bitrateKbps: camera.bitrateKbps, gopMs: camera.gopMs };
  return {
    inputOptions: input.inputOptions,
    inputUrl: input.inputUrl,
    outputOptions: [
      ...["-an", ...stamp, "-r", String(source.fps), "-fps_mode", "cfr"],
      ...buildEncoderOptions(encoder, goal),
      ...["-bsf:v", "dump_extra=freq=keyframe", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1"],
      ...["-f", "rtsp", "-rtsp_transport", "tcp", "-pkt_size", String(packetBytes)],
    ],
    outputUrl,
  };
}
