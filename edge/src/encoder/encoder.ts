/** What the stream must be like. */
export type EncodeGoal = {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrateKbps: number;
  readonly gopMs: number;
};

/** The encoders that the agent knows, best first. */
export const encoderNames = ["h264_v4l2m2m", "libx264"] as const;

/** An encoder that the agent knows. */
export type EncoderName = (typeof encoderNames)[number];

/** Options of one encoder that give H.264 without B-frames and with the least delay. */
export type EncoderBuilder = (goal: EncodeGoal) => string[];

/** Pictures from one IDR picture to the next, at least 1. */
export function gopFrames(goal: EncodeGoal): number {
  return Math.max(1, Math.round((goal.fps * goal.gopMs) / 1000));
}
