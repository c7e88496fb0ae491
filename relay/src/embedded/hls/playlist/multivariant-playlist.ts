/** What the multivariant playlist says of a stream. */
export type MultivariantView = {
  /** Peak and mean of the segments in the window, bits a second. */
  readonly bandwidth: number;
  readonly averageBandwidth: number;
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
  /** Frames a second, null where the stream does not say. */
  readonly fps: number | null;
  readonly videoUri: string;
  /** The Opus rendition's playlist and its name, null without audio. */
  readonly audio: { readonly uri: string; readonly name: string } | null;
};

/** Writes index.m3u8: one variant, audio as a rendition of its own (MediaMTX contract, section 3.2; RFC 8216bis section 4.4.6). */
export function writeMultivariantPlaylist(view: MultivariantView): string {
  const lines = ["#EXTM3U", "#EXT-X-VERSION:10", "#EXT-X-INDEPENDENT-SEGMENTS", ""];
  if (view.audio !== null) {
    lines.push(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="${view.audio.name}",AUTOSELECT=YES,DEFAULT=YES,URI="${view.audio.uri}"`, "");
  }
  const attributes = [
    `BANDWIDTH=${Math.ceil(view.bandwidth)}`,
    `AVERAGE-BANDWIDTH=${Math.ceil(view.averageBandwidth)}`,
    `CODECS="${view.codecs}"`,
    `RESOLUTION=${view.width}x${view.height}`,
    ...(view.fps === null ? [] : [`FRAME-RATE=${view.fps.toFixed(3)}`]),
    ...(view.audio === null ? [] : ['AUDIO="audio"']),
  ];
  lines.push(`#EXT-X-STREAM-INF:${attributes.join(",")}`, view.videoUri, "");
  return lines.join("\n");
}
