import type { PictureWish } from "./parse-query.ts";

/** Bytes and time ffmpeg looks at before it starts: one key frame of a stream whose codec the SDP tells already. */
const probeBytes = "200000";

/**
 * ffmpeg's arguments: reads the engine's stream, writes JPEG pictures one after another. The address comes on standard input as an
 * ffconcat script, because it holds a password and arguments are in the process list.
 * @param stamped true takes the stamp strip off the pictures
 */
export function pictureArgs(wish: PictureWish, stamped: boolean): readonly string[] {
  return [
    ...["-hide_banner", "-loglevel", "error", "-threads", "1", "-fflags", "nobuffer", "-probesize", probeBytes],
    ...["-protocol_whitelist", "pipe,rtsp,tcp,rtp", "-safe", "0", "-f", "concat", "-i", "pipe:0"],
    ...["-an", "-vf", `fps=${wish.fps},${stamped ? `${withoutStrip},` : ""}scale=${wish.width}:-2,format=yuvj420p`],
    ...["-c:v", "mjpeg", "-threads", "1", "-q:v", String(toScale(wish.quality)), "-f", "image2pipe", "pipe:1"],
  ];
}

/** Cuts the stamp strip off. ffmpeg learns the height from the stream and so must work the strip's out itself, as `stampGeometry` does. */
export const withoutStrip = "crop=w=iw:h='ih-max(8,2*round(ih/90))':x=0:y=0";

/** Silence of the engine after which ffmpeg ends, in µs as its option wants it. */
const silenceUs = 5_000_000;

/** The script for standard input. */
export function pictureScript(address: string): string {
  return `ffconcat version 1.0\nfile '${address}'\noption rtsp_transport tcp\noption timeout ${silenceUs}\n`;
}

/** Quality 1 to 100 on ffmpeg's scale of 31 (worst) to 2 (best). */
export function toScale(quality: number): number {
  return Math.round(31 - ((quality - 1) * 29) / 99);
}
