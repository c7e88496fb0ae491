import { averageCells, decodeStamp, type StampReading, stampGeometry, unwrapStamp } from "@helmcast/config";
import { createFrameMatcher, type ReadFrame } from "./match-frames.ts";

/** One painted frame. `atMs` counts from the page's time origin; `ageMs` is null where the frame's own stamp could not be read. */
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
/** Brighter than this in any pixel is a picture; video black is 16, and codecs smear a little. */
const blackLevel = 40;
/** Time between two refreshes of the display, ms; a headless Chromium has 60 in a second. */
const refreshMs = 1000 / 60;

/** Wall clock minus `performance.now()`. `Date.now()` is rounded down, so the largest difference of many is the true one. */
function readClockOffsetMs(): number {
  let offsetMs = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < 500; round++) {
    offsetMs = Math.max(offsetMs, Date.now() - performance.now());
  }
  return offsetMs;
}

/** What a frame shows: the reading of its stamp, and whether it is black from edge to edge of two bands of it. */
type FrameContent = { readonly stamp: StampReading; readonly black: boolean };

/**
 * Takes the frame that the element holds now. Its brightness and its media time come from one VideoFrame, so they are of one frame
 * whatever the element turns to meanwhile. Only two bands are copied, not drawn: a drawing turns the whole picture into RGB first, which
 * took 9 ms of the page's thread for each frame and made the page itself late.
 */
function holdFrame(video: HTMLVideoElement): ReadFrame<Promise<FrameContent | null>> | null {
  if (video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    return null;
  }
  const frame = new VideoFrame(video);
  const content = readFrame(frame)
    .catch(() => null)
    .finally(() => frame.close());
  return { timeUs: frame.timestamp, content };
}

async function readFrame(frame: VideoFrame): Promise<FrameContent> {
  // A decoder may give more rows than the picture has; the visible ones count.
  const { x, y, width, height } = frame.visibleRect ?? { x: 0, y: 0, width: frame.displayWidth, height: frame.displayHeight };
  const strip = stampGeometry(width, height);
  const rows = { x, width, height: strip.height };
  const [stripRows, middleRows] = await Promise.all([
    readBand(frame, { ...rows, y: y + strip.y }),
    readBand(frame, { ...rows, y: y + 2 * Math.floor(height / 4) }),
  ]);
  const stamp = decodeStamp(averageCells(stripRows, width, strip.height));
  return { stamp, black: [...stripRows, ...middleRows].every((level) => level < blackLevel) };
}

type Band = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Brightness of a part of a frame: its Y plane, which comes first in every format that a decoder gives. */
async function readBand(frame: VideoFrame, rect: Band): Promise<Uint8Array> {
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  const [plane] = await frame.copyTo(bytes, { rect });
  if (plane === undefined || plane.stride !== rect.width || !/^(I4|NV12)/.test(frame.format ?? "")) {
    throw new Error(`the frame's format ${frame.format} is not known here`);
  }
  return bytes.subarray(plane.offset, plane.offset + rect.width * rect.height);
}

/** Makes the sampler of this page. It hooks every video element that ever appears, before its first frame. */
export function createSampler(): Sampler {
  const hooked = new WeakSet<HTMLVideoElement>();
  let count = { selector: "video", shown: "video", startMs: 0, clockOffsetMs: readClockOffsetMs(), firstFrameMs: null as number | null };
  let frames: FrameSample[] = [];
  const take = async (video: HTMLVideoElement, found: Promise<FrameContent | null> | null, atMs: number, presented: number) => {
    if (!video.matches(count.selector) || atMs < count.startMs) {
      return;
    }
    const current = count;
    const seen = await found;
    // The page shows an element in its own callback for the same frame, which may come after this one.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (current !== count || document.querySelector(count.shown) === null || frames.length >= maxFrames) {
      return;
    }
    const wallMs = atMs + count.clockOffsetMs;
    const ageMs = seen?.stamp.ok === true ? wallMs - unwrapStamp(seen.stamp.moduloMs, wallMs) : null;
    count.firstFrameMs ??= atMs - count.startMs;
    frames.push({ atMs, ageMs, presented, black: seen?.black ?? false });
  };
  const hook = (video: HTMLVideoElement): void => {
    hooked.add(video);
    const matcher = createFrameMatcher<Promise<FrameContent | null>>();
    const onFrame = (_nowMs: number, meta: VideoFrameCallbackMetadata): void => {
      // Chromium hands a frame to its compositor at a refresh and shows it at the next. Of a file or LL-HLS it expects just that; of
      // WebRTC it expects the moment of the handing over, a refresh too early (measured), so that moment alone would flatter WHEP.
      const atMs = Math.max(meta.expectedDisplayTime, meta.presentationTime + refreshMs);
      video.requestVideoFrameCallback(onFrame);
      void take(video, matcher.match(meta.mediaTime * 1e6, holdFrame(video)), atMs, meta.presentedFrames);
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
