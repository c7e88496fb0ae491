import type { AudioTrack, VideoTrack } from "../stream/types.ts";

/** Payload types that are handed out (dynamic range, RFC 3551 section 6). */
export const payloadTypes = { video: 96, audio: 97 } as const;

/** Control names of the tracks, as they stand in the SDP and come back in SETUP. */
export const trackControls = { video: "trackID=0", audio: "trackID=1" } as const;

/** The SDP of a DESCRIBE: H.264 with its parameter sets (RFC 6184 section 8.2.1), Opus (RFC 7587 section 7). */
export function writeSdp(name: string, tracks: { readonly video: VideoTrack | null; readonly audio: AudioTrack | null }): string {
  const lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", `s=${name}`, "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"];
  const { video, audio } = tracks;
  if (video !== null) {
    const sets = `${video.sps.toString("base64")},${video.pps.toString("base64")}`;
    lines.push(
      `m=video 0 RTP/AVP ${payloadTypes.video}`,
      `a=rtpmap:${payloadTypes.video} H264/90000`,
      `a=fmtp:${payloadTypes.video} packetization-mode=1; profile-level-id=${video.profileLevelId.toUpperCase()}; sprop-parameter-sets=${sets}`,
      `a=control:${trackControls.video}`,
    );
  }
  if (audio !== null) {
    lines.push(
      `m=audio 0 RTP/AVP ${payloadTypes.audio}`,
      `a=rtpmap:${payloadTypes.audio} opus/48000/2`,
      `a=fmtp:${payloadTypes.audio} sprop-stereo=${audio.channels === 2 ? 1 : 0}`,
      `a=control:${trackControls.audio}`,
    );
  }
  return `${lines.join("\r\n")}\r\n`;
}
