/** One block of ffmpeg's `-progress` output. */
export type Progress = {
  /** Frames that were encoded since the start. */
  readonly frame: number;
  /** Frames per second, over the whole run. */
  readonly fps: number;
  /** Frames repeated and left out to keep a constant rate. */
  readonly dupFrames: number;
  readonly dropFrames: number;
  /** Encoding speed against real time; null when ffmpeg does not know it yet. */
  readonly speed: number | null;
};

/** Reads `-progress` line by line. A block ends with `progress=continue` or `progress=end`; lines of no meaning to us are passed over. */
export class ProgressReader {
  #fields = new Map<string, string>();

  /** Takes one line; the finished block when the line ends one, else null. Holds at most 32 fields (ffmpeg writes about 12). */
  take(line: string): Progress | null {
    const split = line.indexOf("=");
    if (split <= 0) {
      return null;
    }
    const key = line.slice(0, split);
    if (key !== "progress") {
      if (this.#fields.size < 32) {
        this.#fields.set(key, line.slice(split + 1).trim());
      }
      return null;
    }
    const fields = this.#fields;
    this.#fields = new Map();
    const speed = Number.parseFloat(fields.get("speed") ?? "");
    return {
      frame: toCount(fields.get("frame")),
      fps: toCount(fields.get("fps")),
      dupFrames: toCount(fields.get("dup_frames")),
      dropFrames: toCount(fields.get("drop_frames")),
      speed: Number.isFinite(speed) ? speed : null,
    };
  }
}

function toCount(text: string | undefined): number {
  const value = Number.parseFloat(text ?? "");
  return Number.isFinite(value) && value >= 0 ? value : 0;
}
