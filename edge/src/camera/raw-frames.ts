/** Raw frames as they come on ffmpeg's standard input. */
export type RawFrames = {
  readonly format: string;
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
};

/**
 * ffmpeg's options for raw frames from a program. No `-re`: the program sets the pace, and holding a live camera back only adds delay.
 * The queue is short because every waiting frame is latency.
 */
export function rawFrameOptions(frames: RawFrames): readonly string[] {
  return [
    ...["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0", "-thread_queue_size", "8"],
    ...["-f", frames.format, "-pixel_format", frames.pixelFormat],
    ...["-video_size", `${frames.width}x${frames.height}`, "-framerate", String(frames.fps)],
  ];
}
