import type { FailureReason, RungName } from "./ladder-types.ts";

/** One frame that reached the screen. `paintedAtMs` is on the page's monotonic clock (performance.now). */
export type PaintedFrame = {
  readonly paintedAtMs: number;
  readonly mediaTimeS: number;
  /** Frames presented by this element since it began. */
  readonly presented: number;
  readonly width: number;
  readonly height: number;
};

/** What the details sheet shows of a running rung. Null is not known. */
export type RungFacts = {
  readonly kbps: number | null;
  readonly bufferMs: number | null;
  readonly dropped: number | null;
  readonly width: number;
  readonly height: number;
};

/** Facts of a rung that has nothing to say yet. */
export const noFacts: RungFacts = { kbps: null, bufferMs: null, dropped: null, width: 0, height: 0 };

/** One way to bring a camera's picture into a video element. It is used once; a new attempt is a new rung. */
export type Rung = {
  readonly name: RungName;
  /**
   * Runs until `signal` is aborted (null) or the rung cannot go on (why). Aborting closes everything at once, so whoever starts a rung
   * always aborts it, also after it has ended by itself: until then the last frame stays in the element to be copied.
   */
  start(signal: AbortSignal): Promise<FailureReason | null>;
  /** Calls back for every frame painted while the rung runs. */
  frames(listener: (frame: PaintedFrame) => void): void;
  /** What is known now. */
  describe(): Promise<RungFacts>;
};

/** What a rung needs to know of the camera and the page. */
export type RungSource = {
  readonly video: HTMLVideoElement;
  readonly whepUrl: string;
  readonly hlsUrl: string;
  /** The current access token; "" when there is none. */
  readonly token: () => string;
};
