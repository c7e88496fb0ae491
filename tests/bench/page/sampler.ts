import { averageCells, decodeStamp, stampGeometry, stampLayout, unwrapStamp } from "@helmcast/config";

/** One painted frame. `atMs` counts from the page's time origin; `ageMs` is null where no stamp could be read. */
export type FrameSample = { readonly atMs: number; readonly ageMs: number | null; readonly presented: number; readonly black: boolean };

/** What a page saw since `begin()`. `firstFrameMs` counts from there to the first painted frame that a person could see. */
export type PageSamples = { readonly firstFrameMs: number | null; readonly frames: readonly FrameSample[] };

/** The sampler's doors, as `helmcastSampler` of the page. */
export type Sampler = {
  /** Starts a new count; only frames of elements that match `selector` count, and only while something matches `shown`. */
  begin(selector: string, shown: string): void;
  /** Forgets the frames so far; the first frame stays. */
  clear(): void;
  read(): PageSamples;
};

/** Bounds the memory of a page that nobody reads: five minutes at 60 frames/s. */
const maxFrames = 18_000;
const cellPx = 8;
const stripWidth = stampLayout.columns * cellPx;
/** Brighter than this in any pixel is a picture; video black is 16, and codecs smear a little. */
const blackLevel = 40;

/** Wall clock minus `performance.now()`. `Date.now()` is rounded down, so the largest difference of many is the true one. */
function readClockOffsetMs(): number {
  let offsetMs = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < 500; round++) {
    offsetMs = Math.max(offsetMs, Date.now() - performance.now());
  }
  return offsetMs;
}

/** Reads the stamp from the frame that the element holds now, and whether the frame is black from edge to edge of two rows of it. */
function createFrameReader(): (video: HTMLVideoElement) => { readonly levels: readonly number[]; readonly black: boolean } | null {
  const canvas = document.createElement("canvas");
  canvas.width = stripWidth;
  canvas.height = 2 * cellPx;
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    if (context === null || videoWidth === 0) {
      return null;
    }
    const strip = stampGeometry(videoWidth, videoHeight);
    const half = Math.floor(videoHeight / 2);
    context.drawImage(video, strip.x, strip.y, strip.cellWidth * stampLayout.columns, strip.height, 0, 0, stripWidth, cellPx);
    context.drawImage(video, 0, half, videoWidth, strip.height, 0, cellPx, stripWidth, cellPx);
    const pixels = context.getImageData(0, 0, stripWidth, 2 * cellPx).data;
    const green = Uint8Array.from({ length: pixels.length / 4 }, (_, index) => pixels[index * 4 + 1] ?? 0);
    const levels = averageCells(green.subarray(0, stripWidth * cellPx), stripWidth, cellPx);
    return { levels, black: green.every((level) => level < blackLevel) };
  };
}

/** Makes the sampler of this page. It hooks every video element that ever appears, before its first frame. */
export function createSampler(): Sampler {
  const readFrame = createFrameReader();
  const hooked = new WeakSet<HTMLVideoElement>();
  let count = { selector: "video", shown: "video", startMs: 0, clockOffsetMs: readClockOffsetMs(), firstFrameMs: null as number | null };
  let frames: FrameSample[] = [];
  const take = (video: HTMLVideoElement, atMs: number, presented: number): void => {
    if (!video.matches(count.selector) || atMs < count.startMs) {
      return;
    }
    const seen = readFrame(video);
    const reading = seen === null ? null : decodeStamp(seen.levels);
    const wallMs = atMs + count.clockOffsetMs;
    const ageMs = reading?.ok === true ? wallMs - unwrapStamp(reading.moduloMs, wallMs) : null;
    const current = count;
    // The page shows an element in its own callback for the same frame, which may come after this one.
    setTimeout(() => {
      if (current !== count || document.querySelector(count.shown) === null || frames.length >= maxFrames) {
        return;
      }
      count.firstFrameMs ??= atMs - count.startMs;
      frames.push({ atMs, ageMs, presented, black: seen?.black ?? false });
    }, 0);
  };
  const hook = (video: HTMLVideoElement): void => {
    hooked.add(video);
    const onFrame = (_nowMs: number, meta: VideoFrameCallbackMetadata): void => {
      const atMs = Math.max(performance.now(), meta.expectedDisplayTime);
      video.requestVideoFrameCallback(onFrame);
      take(video, atMs, meta.presentedFrames);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  const hookNew = (): void => {
    for (const video of document.querySelectorAll("video")) {
      if (!hooked.has(video)) {
        hook(video);
      }
    }
  };
  new MutationObserver(hookNew).observe(document, { childList: true, subtree: true });
  hookNew();
  return {
    begin: (selector, shown) => {
      const clockOffsetMs = readClockOffsetMs();
      frames = [];
      count = { selector, shown, startMs: performance.now(), clockOffsetMs, firstFrameMs: null };
    },
    clear: () => {
      frames = [];
    },
    read: () => ({ firstFrameMs: count.firstFrameMs, frames }),
  };
}
