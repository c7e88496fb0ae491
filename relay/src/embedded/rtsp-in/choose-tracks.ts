import { AppError } from "@helmcast/config";
import { nalType, readNalType } from "../h264/nal.ts";
import { maxParameterSetBytes, parseSps } from "../h264/sps.ts";
import type { SdpMedia } from "../rtsp/sdp-parse.ts";
import type { AudioTrack } from "../stream/types.ts";

/** One announced medium that will be received. */
export type AnnouncedTrack = {
  readonly kind: "video" | "audio";
  readonly payloadType: number;
  readonly control: string;
  readonly clockRate: number;
};

/** What an ANNOUNCE offers, or why it can't be taken. */
export type TrackChoice =
  | {
      readonly ok: true;
      readonly tracks: readonly AnnouncedTrack[];
      readonly parameterSets: { readonly sps: Buffer; readonly pps: Buffer } | null;
      readonly audio: AudioTrack | null;
    }
  | { readonly ok: false; readonly error: AppError };

/** Takes H.264 and Opus, at most one of each; anything else refuses the whole announcement, so that nobody wonders where a track went. */
export function chooseTracks(media: readonly SdpMedia[]): TrackChoice {
  const tracks: AnnouncedTrack[] = [];
  for (const item of media) {
    const kind = kindOf(item);
    if (kind === null) {
      return refuse(`${item.codec === "" ? `Payload type ${item.payloadType}` : item.codec} can't be carried.`);
    }
    if (tracks.some((track) => track.kind === kind || track.control === item.control)) {
      return refuse("One H.264 and one Opus track at most.");
    }
    tracks.push({ kind, payloadType: item.payloadType, control: item.control, clockRate: item.clockRate });
  }
  const video = media.find((item) => kindOf(item) === "video");
  if (video !== undefined && (video.fmtp.get("packetization-mode") ?? "0") === "2") {
    return refuse("H.264 packetization mode 2 can't be carried, 0 and 1 can.");
  }
  const audio = media.find((item) => kindOf(item) === "audio");
  return {
    ok: true,
    tracks,
    parameterSets: video === undefined ? null : readSprop(video.fmtp.get("sprop-parameter-sets")),
    audio: audio === undefined ? null : { codec: "Opus", channels: audio.fmtp.get("sprop-stereo") === "1" ? 2 : 1 },
  };
}

function refuse(detail: string): TrackChoice {
  return { ok: false, error: new AppError("HC_EMBEDDED_CODEC", { detail }) };
}

function kindOf(item: SdpMedia): "video" | "audio" | null {
  if (item.kind === "video" && item.codec === "H264" && item.clockRate === 90_000) {
    return "video";
  }
  return item.kind === "audio" && item.codec === "OPUS" && item.clockRate === 48_000 ? "audio" : null;
}

/**
 * The first SPS and PPS of sprop-parameter-sets (RFC 6184 section 8.1). Null where one is missing or unreadable: then the stream must bring
 * them.
 */
function readSprop(sprop: string | undefined): { readonly sps: Buffer; readonly pps: Buffer } | null {
  const sets = (sprop ?? "").split(",").map((part) => Buffer.from(part, "base64"));
  const sps = sets.find((set) => readNalType(set) === nalType.sps);
  const pps = sets.find((set) => readNalType(set) === nalType.pps);
  if (sps === undefined || pps === undefined || pps.length > maxParameterSetBytes) {
    return null;
  }
  try {
    parseSps(sps);
    return { sps, pps };
  } catch {
    return null;
  }
}
