import type { CameraSource } from "@helmcast/config/load";

/** What ffmpeg needs to read one camera. Every kind of camera turns into this, so the encoder and the publisher know no kinds. */
export type CameraInput = {
  /** Options before `-i`. */
  readonly inputOptions: readonly string[];
  /** What stands after `-i`. */
  readonly inputUrl: string;
  /** A program whose standard output is ffmpeg's standard input; null when ffmpeg opens the camera by itself. */
  readonly feeder: readonly string[] | null;
};

/** Builds the input of one kind of camera. */
export type CameraBuilder<Type extends CameraSource["type"]> = (source: Extract<CameraSource, { type: Type }>) => CameraInput;
