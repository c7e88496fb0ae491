import { type Clock, type Log, type RunningChild, spawnChild } from "@helmcast/runtime";
import type { CameraInput } from "../camera/camera.ts";
import { buildCommandLine } from "../ffmpeg/feed.ts";

/** Size of the pictures that are looked at, pixels: a QR code of 41 modules that fills a quarter of the width has five of them per module. */
export const frameSize = { width: 800, height: 600 } as const;
const frameBytes = frameSize.width * frameSize.height;

/** Pictures looked at per second. A look takes up to 150 ms. */
const fps = 5;

/** TERM to KILL, ms. */
const stopGraceMs = 1000;

/** The camera as gray pictures. The owner calls `stop()`. */
export type FrameSource = {
  /** The newest picture that nobody has taken yet; waits for one. Null when the camera has ended. One caller at a time. */
  next(): Promise<Uint8Array | null>;
  /** How many came. */
  count(): number;
  /** ffmpeg's last line, for the person. */
  lastLine(): string;
  stop(): Promise<void>;
};

/** Opens a camera through ffmpeg. Only the newest picture is kept: an old one shows where the phone was. */
export function openFrames(
  input: CameraInput,
  deps: { readonly ffmpegPath: string; readonly clock: Clock; readonly log: Log },
): FrameSource {
  const { width, height } = frameSize;
  const filter = `fps=${fps},scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1,format=gray`;
  const args = [
    ...["-hide_banner", "-nostats", "-loglevel", "error", ...(input.inputUrl === "pipe:0" ? [] : ["-nostdin"])],
    ...[...input.inputOptions, "-i", input.inputUrl],
    ...["-an", "-vf", filter, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"],
  ];
  let lastLine = "";
  const line = buildCommandLine(deps.ffmpegPath, args, input.feeder);
  const onLine = (text: string) => {
    lastLine = text.slice(0, 200);
  };
  const child = spawnChild({ name: "camera for the QR code", ...line, stdout: "pipe", stopGraceMs, onLine }, deps);
  const frames = collectFrames(child);
  return {
    next: frames.next,
    count: frames.count,
    lastLine: () => lastLine,
    async stop() {
      child.stdout?.destroy();
      await child.stop();
    },
  };
}

function collectFrames(child: RunningChild): Pick<FrameSource, "next" | "count"> {
  const building = new Uint8Array(frameBytes);
  let filled = 0;
  let count = 0;
  let newest: Uint8Array | null = null;
  let ended = false;
  let wake: () => void = () => undefined;
  child.stdout?.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + frameBytes - filled);
      building.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === frameBytes) {
        newest = building.slice();
        filled = 0;
        count += 1;
        wake();
      }
    }
  });
  void child.exited.then(() => {
    ended = true;
    wake();
  });
  return {
    count: () => count,
    async next() {
      if (newest === null && !ended) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      const frame = newest;
      newest = null;
      return frame;
    },
  };
}
