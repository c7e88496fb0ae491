import type { ErrorData, HlsConfig } from "hls.js";
import { askWhy } from "./ask-why.ts";
import type { ChaseEvent } from "./chase-machine.ts";
import { newChase, stepChase } from "./chase-machine.ts";
import { failureOf } from "./failure-of.ts";
import type { FailureReason } from "./ladder-types.ts";
import { watchPaintedFrames } from "./painted-frames.ts";
import type { PaintedFrame, Rung, RungFacts, RungSource } from "./rung.ts";

/** What this rung needs beyond the source: whether its element is the shown one, and the page's monotonic clock. */
export type HlsOptions = { readonly isShown: () => boolean; readonly nowMs: () => number };

/** Fetches the hls.js chunk ahead of need, so that a network that just went away need not bring it. */
export function loadHls(): Promise<typeof import("hls.js")> {
  return import("hls.js");
}

const hlsConfig: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // The chase of chase-machine.ts keeps the distance; hls.js only has to begin close to the edge and not interfere.
  liveSyncDuration: 0.3,
  liveMaxLatencyDuration: 30,
  maxLiveSyncPlaybackRate: 1,
  backBufferLength: 10,
  maxBufferLength: 4,
  // fMP4 needs no remuxing, and a blob worker would need a hole in the content security policy.
  enableWorker: false,
  startFragPrefetch: true,
};

/** The LL-HLS rung where Media Source Extensions exist. The session cookie goes along by itself: same origin. */
export function createLlHlsPlayer(source: RungSource, options: HlsOptions): Rung {
  const listeners: Array<(frame: PaintedFrame) => void> = [];
  const counts = { bytes: 0, atMs: options.nowMs() };
  return {
    name: "hls",
    frames: (listener) => {
      listeners.push(listener);
    },
    describe: () => Promise.resolve(describeElement(source.video, counts, options.nowMs())),
    start: async (signal) => {
      const { default: Hls } = await loadHls();
      if (signal.aborted) {
        return null;
      }
      const hls = new Hls(hlsConfig);
      watchPaintedFrames(source.video, signal, (frame) => {
        for (const listener of listeners) {
          listener(frame);
        }
      });
      return new Promise<FailureReason | null>((resolve) => {
        // Taken apart with the signal and not before: the last frame stays in the element until somebody has copied it.
        const finish = (): void => {
          hls.destroy();
          source.video.removeAttribute("src");
          source.video.load();
          resolve(null);
        };
        signal.addEventListener("abort", finish, { once: true });
        let asked = false;
        hls.on(Hls.Events.ERROR, (_name, data) => {
          const reason = reasonOf(data);
          if (reason === "forbidden" && !asked) {
            asked = true;
            // hls.js tells the status alone, and a kick is told from a missing right by its code.
            void askWhy(source.hlsUrl, signal).then((why) => resolve(why === "kicked" ? why : reason));
          } else if (reason !== null && reason !== "forbidden") {
            resolve(reason);
          }
        });
        hls.on(Hls.Events.FRAG_LOADED, (_name, data) => {
          counts.bytes += data.payload.byteLength;
        });
        chaseEdge(source.video, options, signal, (listener) => hls.on(Hls.Events.BUFFER_APPENDING, listener));
        hls.loadSource(source.hlsUrl);
        hls.attachMedia(source.video);
        source.video.play().catch(() => null);
      });
    },
  };
}

/** Errors of hls.js (1.7) that say that this browser cannot play the stream; every other media error may be gone at the next try. */
const codecErrors: ReadonlySet<string> = new Set([
  "manifestIncompatibleCodecsError",
  "bufferAddCodecError",
  "bufferIncompatibleCodecsError",
]);

/** hls.js retries what is not fatal. A refusal is told apart from a lost network by its status, fatal or not. */
function reasonOf(data: ErrorData): FailureReason | null {
  const refused = failureOf(data.response?.code ?? 0, "");
  if (refused === "unauthorized" || refused === "forbidden") {
    return refused;
  }
  if (!data.fatal) {
    return null;
  }
  return codecErrors.has(data.details) ? "codec" : refused;
}

function chaseEdge(video: HTMLVideoElement, options: HlsOptions, signal: AbortSignal, onAppending: (listener: () => void) => void): void {
  let chase = newChase;
  const hear = (event: ChaseEvent): void => {
    const [next, actions] = stepChase(chase, event, options.nowMs());
    chase = next;
    for (const action of actions) {
      if (action.type === "seek") {
        video.currentTime += action.byMs / 1000;
      } else {
        video.playbackRate = action.rate;
      }
    }
  };
  onAppending(() => {
    if (!signal.aborted && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !video.seeking) {
      hear({ type: "part", aheadMs: aheadMs(video), shown: options.isShown() });
    }
  });
  video.addEventListener("waiting", () => hear({ type: "stall" }), { signal });
}

function aheadMs(video: HTMLVideoElement): number {
  const last = video.buffered.length - 1;
  return last < 0 ? 0 : Math.max(0, video.buffered.end(last) - video.currentTime) * 1000;
}

function describeElement(video: HTMLVideoElement, counts: { bytes: number; atMs: number }, nowMs: number): RungFacts {
  const spanMs = nowMs - counts.atMs;
  const kbps = spanMs > 0 ? (counts.bytes * 8) / spanMs : null;
  counts.bytes = 0;
  counts.atMs = nowMs;
  const dropped = video.getVideoPlaybackQuality().droppedVideoFrames;
  return { kbps, bufferMs: aheadMs(video), dropped, width: video.videoWidth, height: video.videoHeight };
}
