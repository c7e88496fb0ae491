import type { AudioTrack, VideoTrack } from "../../stream/types.ts";

/** The CODECS value of a stream (RFC 6381 section 3.3; `opus` as in MediaMTX contract, section 3.3). */
export function codecStrings(video: VideoTrack, audio: AudioTrack | null): string {
  return [`avc1.${video.profileLevelId.toLowerCase()}`, ...(audio === null ? [] : ["opus"])].join(",");
}
