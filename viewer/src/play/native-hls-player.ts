import { once } from "./once.ts";
import { watchPaintedFrames } from "./painted-frames.ts";
import type { PaintedFrame, Rung, RungSource } from "./rung.ts";

/** MediaError codes 3 (decode) and 4 (source not supported) say that this device cannot play the stream; the rest is the network. */
const decodeErrors: readonly number[] = [3];

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
      if (signal.aborted) {
        return null;
      }
      return decodeErrors.includes(video.error?.code ?? 0) ? "codec" : "network";
    },
  };
}
