import type { Offer, OfferedCodec, OfferedMedia } from "./offer.ts";

/** A media section that both sides can use, with the codec for it. */
export type PickedMedia = {
  readonly media: OfferedMedia;
  readonly kind: "video" | "audio";
  readonly direction: "send" | "receive";
  readonly codec: OfferedCodec;
  /** Id of the playout-delay header extension, null where the browser does not offer it. */
  readonly playoutDelayId: number | null;
};

/** What a stream has to give. Null: it has none of that kind. */
export type ReadableTracks = { readonly profileLevelId: string | null; readonly opus: boolean };

/** The sections for a publisher, or which rule the offer breaks. */
export type PublishPick =
  | { readonly ok: true; readonly picks: readonly PickedMedia[] }
  | { readonly ok: false; readonly reason: "too-many-tracks" | "unsupported-media" | "no-common-codec" };

/** Lets a sender bound the browser's delay between reception and painting; WebRTC project, experiments/rtp-hdrext/playout-delay. */
export const playoutDelayUri = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

/** Largest id that fits a one-byte header extension (RFC 8285, section 4.2). */
const maxOneByteExtensionId = 14;

/** Picks the sections of a viewer's offer that the stream can fill; empty when there is none in common. */
export function pickForReading(offer: Offer, tracks: ReadableTracks): PickedMedia[] {
  const picks: PickedMedia[] = [];
  const video = offer.media.find((media) => media.kind === "video" && wantsToReceive(media));
  const videoCodec = video === undefined || tracks.profileLevelId === null ? null : pickH264(video.codecs, tracks.profileLevelId);
  if (video !== undefined && videoCodec !== null) {
    picks.push({ media: video, kind: "video", direction: "send", codec: videoCodec, playoutDelayId: findPlayoutDelay(video) });
  }
  const audio = offer.media.find((media) => media.kind === "audio" && wantsToReceive(media));
  const audioCodec = audio === undefined || !tracks.opus ? null : pickOpus(audio.codecs);
  if (audio !== undefined && audioCodec !== null) {
    picks.push({ media: audio, kind: "audio", direction: "send", codec: audioCodec, playoutDelayId: null });
  }
  return picks;
}

/** Picks the sections of a publisher's offer: at most one video (H.264) and one audio (Opus), nothing else (MediaMTX contract, section 2). */
export function pickForPublishing(offer: Offer): PublishPick {
  if (offer.media.some((media) => media.kind !== "video" && media.kind !== "audio")) {
    return { ok: false, reason: "unsupported-media" };
  }
  for (const kind of ["video", "audio"]) {
    if (offer.media.filter((media) => media.kind === kind).length > 1) {
      return { ok: false, reason: "too-many-tracks" };
    }
  }
  const picks: PickedMedia[] = [];
  for (const media of offer.media.filter(wantsToSend)) {
    const kind = media.kind === "video" ? "video" : "audio";
    const codec = kind === "video" ? pickH264(media.codecs, "42e01f") : pickOpus(media.codecs);
    if (codec === null) {
      return { ok: false, reason: "no-common-codec" };
    }
    picks.push({ media, kind, direction: "receive", codec, playoutDelayId: null });
  }
  return picks.length === 0 ? { ok: false, reason: "no-common-codec" } : { ok: true, picks };
}

/**
 * Chooses the H.264 payload type nearest to the stream's profile. Browsers list several and decode more than they list, so the choice
 * only has to name one that the browser itself wrote: same profile and constraints, then same profile, then any baseline, then any.
 * Only packetization mode 1 will do, since the relay sends FU-A (RFC 6184, section 5.4).
 */
export function pickH264(codecs: readonly OfferedCodec[], profileLevelId: string): OfferedCodec | null {
  const usable = codecs.filter(
    (codec) => codec.name.toUpperCase() === "H264" && codec.clockRate === 90_000 && readMode(codec.fmtp) === "1",
  );
  const wanted = profileLevelId.toLowerCase();
  for (const prefix of [wanted.slice(0, 4), wanted.slice(0, 2), "42", ""]) {
    const found = usable.find((codec) => readProfile(codec.fmtp).startsWith(prefix));
    if (found !== undefined) {
      return found;
    }
  }
  return null;
}

function pickOpus(codecs: readonly OfferedCodec[]): OfferedCodec | null {
  return codecs.find((codec) => codec.name.toLowerCase() === "opus" && codec.clockRate === 48_000) ?? null;
}

function readMode(fmtp: string): string {
  return fmtp.match(/(?:^|;)\s*packetization-mode=(\d)/i)?.[1] ?? "0";
}

function readProfile(fmtp: string): string {
  // RFC 6184, section 8.1: without the parameter, baseline level 1 is meant.
  return (fmtp.match(/(?:^|;)\s*profile-level-id=([0-9a-f]{6})/i)?.[1] ?? "42000a").toLowerCase();
}

function wantsToReceive(media: OfferedMedia): boolean {
  return media.direction === "recvonly" || media.direction === "sendrecv";
}

function wantsToSend(media: OfferedMedia): boolean {
  return media.direction === "sendonly" || media.direction === "sendrecv";
}

function findPlayoutDelay(media: OfferedMedia): number | null {
  const found = media.extensions.find((extension) => extension.uri === playoutDelayUri);
  return found !== undefined && found.id >= 1 && found.id <= maxOneByteExtensionId ? found.id : null;
}
