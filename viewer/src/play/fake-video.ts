/** A stand-in for a video element in tests: what the players touch, and a record of it. */
export class FakeVideo extends EventTarget {
  /** The stream of a WHEP player. */
  srcObject: unknown = null;
  /** The address of a native HLS player; "" when taken away. */
  src = "";
  /** Set by the test to a MediaError's code. */
  error: { code: number } | null = null;
  readyState = 4;
  currentTime = 0;
  playbackRate = 1;
  seeking = false;
  videoWidth = 640;
  videoHeight = 360;
  bufferedEndS = 0;
  readonly calls: string[] = [];
  readonly #frames = new Map<number, (nowMs: number, meta: object) => void>();
  #nextHandle = 1;
  #painted = 0;

  /** What is buffered: one range from 0. */
  get buffered(): { length: number; end: () => number } {
    return { length: this.bufferedEndS > 0 ? 1 : 0, end: () => this.bufferedEndS };
  }

  /** Frame callbacks that wait now. */
  get waitingFrames(): number {
    return this.#frames.size;
  }

  /** Paints one frame. */
  paint(): void {
    const waiting = [...this.#frames.values()];
    this.#frames.clear();
    this.#painted += 1;
    for (const run of waiting) {
      run(0, { expectedDisplayTime: 5, mediaTime: 1, presentedFrames: this.#painted, width: 640, height: 360 });
    }
  }

  requestVideoFrameCallback(run: (nowMs: number, meta: object) => void): number {
    this.#nextHandle += 1;
    this.#frames.set(this.#nextHandle, run);
    return this.#nextHandle;
  }

  cancelVideoFrameCallback(handle: number): void {
    this.#frames.delete(handle);
  }

  play(): Promise<void> {
    this.calls.push("play");
    return Promise.reject(new Error("Autoplay is refused."));
  }

  load(): void {
    this.calls.push("load");
  }

  removeAttribute(name: string): void {
    this.calls.push(`remove ${name}`);
    this.src = "";
  }

  getVideoPlaybackQuality(): { droppedVideoFrames: number } {
    return { droppedVideoFrames: 3 };
  }
}
