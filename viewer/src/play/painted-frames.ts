import type { PaintedFrame } from "./rung.ts";

/**
 * Calls back for every frame that a video element paints until `signal` is aborted. Where a browser lacks
 * `requestVideoFrameCallback` (Firefox before 132), each display refresh on which the picture moved counts as one frame.
 */
export function watchPaintedFrames(video: HTMLVideoElement, signal: AbortSignal, listener: (frame: PaintedFrame) => void): void {
  if ("requestVideoFrameCallback" in video) {
    watchByVideoFrame(video, signal, listener);
    return;
  }
  watchByRefresh(video, signal, listener);
}

function watchByVideoFrame(video: HTMLVideoElement, signal: AbortSignal, listener: (frame: PaintedFrame) => void): void {
  const onFrame = (_refreshMs: number, meta: VideoFrameCallbackMetadata): void => {
    if (signal.aborted) {
      return;
    }
    handle = video.requestVideoFrameCallback(onFrame);
    listener({
      // The expected time can lie before the callback (measured: up to 22 ms); a picture must never be said to be younger than it is.
      paintedAtMs: Math.max(meta.expectedDisplayTime, performance.now()),
      mediaTimeS: meta.mediaTime,
      presented: meta.presentedFrames,
      width: meta.width,
      height: meta.height,
    });
  };
  let handle = video.requestVideoFrameCallback(onFrame);
  signal.addEventListener("abort", () => video.cancelVideoFrameCallback(handle), { once: true });
}

function watchByRefresh(video: HTMLVideoElement, signal: AbortSignal, listener: (frame: PaintedFrame) => void): void {
  let lastTimeS = -1;
  let presented = 0;
  const onRefresh = (nowMs: number): void => {
    if (signal.aborted) {
      return;
    }
    handle = requestAnimationFrame(onRefresh);
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.currentTime !== lastTimeS) {
      lastTimeS = video.currentTime;
      presented += 1;
      listener({ paintedAtMs: nowMs, mediaTimeS: lastTimeS, presented, width: video.videoWidth, height: video.videoHeight });
    }
  };
  let handle = requestAnimationFrame(onRefresh);
  signal.addEventListener("abort", () => cancelAnimationFrame(handle), { once: true });
}
