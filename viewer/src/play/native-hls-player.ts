import { askWhy } from "./ask-why.ts";
import { once } from "./once.ts";
import { watchPaintedFrames } from "./painted-frames.ts";
import type { PaintedFrame, Rung, RungSource } from "./rung.ts";

/** MediaError code 3: this device cannot decode the stream. Code 4 says as little as "it did not work", also for a refusal (HTML, section 4.8.11.1). */
const decodeError = 3;

/** The HLS rung where the browser plays it by itself and has no Media Source Extensions (iPhones before iOS 17.1). */
export function createNativeHlsPlayer(source: RungSource): Rung {
  const { video } = source;
  const listeners: Array<(frame: PaintedFrame) => void> = [];
  return {
    name: "hls",
    frames: (listener) => {
      listeners.push(listener);
    },
    describe: () => Promise.resolve({ kbps: null, bufferMs: null, dropped: null, width: video.videoWidth, height: video.videoHeight }),
    start: async (signal) => {
      watchPaintedFrames(video, signal, (frame) => {
        for (const listener of listeners) {
          listener(frame);
        }
      });
      video.src = source.hlsUrl;
      video.play().catch(() => null);
      const detach = (): void => {
        video.removeAttribute("src");
        video.load();
      };
      signal.addEventListener("abort", detach, { once: true });
      await once(video, "error", () => video.error !== null, signal);
      const reason = video.error?.code === decodeError ? "codec" : await askWhy(source.hlsUrl, signal);
      return signal.aborted ? null : reason;
    },
  };
}
