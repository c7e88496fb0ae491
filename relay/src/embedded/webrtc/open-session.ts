import { networkInterfaces } from "node:os";
import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { WebrtcSettings } from "../settings/embedded-settings.ts";
import type { LiveStream, PublishDirectory, StreamDirectory } from "../stream/types.ts";
import { writeAnswer } from "./answer.ts";
import { listHostAddresses, writeHostCandidates } from "./candidates.ts";
import { type Reply, refuse } from "./http-reply.ts";
import { type Offer, parseOffer } from "./offer.ts";
import type { PeerFactory, PeerMedia } from "./peer.ts";
import { type PickedMedia, pickForPublishing, pickForReading } from "./pick-media.ts";
import { PublisherWork } from "./publisher-work.ts";
import type { RtpFields } from "./rtp-packet.ts";
import { Session, type SessionOrigin, type SessionWork } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import type { OutgoingTrack } from "./viewer-sender.ts";
import { ViewerWork } from "./viewer-work.ts";

/** What sessions are made with. */
export type OpenDeps = {
  readonly settings: WebrtcSettings;
  readonly streams: StreamDirectory & PublishDirectory;
  readonly peers: PeerFactory;
  readonly table: SessionTable;
  readonly writeRtp: (fields: RtpFields, payload: Buffer) => Buffer | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** `webrtcAdditionalHosts`, names resolved. */
  readonly additionalAddresses: readonly string[];
};

/** A session with its answer, or the refusal to send. */
export type Opened =
  | { readonly ok: true; readonly session: Session; readonly answer: string }
  | { readonly ok: false; readonly reply: Reply };

/** Makes a session for an authorised POST. */
export function openSession(origin: SessionOrigin, body: string, deps: OpenDeps): Opened {
  if (deps.table.full) {
    return refused(refuse("HC_EMBEDDED_WEBRTC_LIMIT"));
  }
  const stream = origin.kind === "read" ? deps.streams.find(origin.path) : null;
  if (origin.kind === "read" && stream === null) {
    return refuseStream(origin.path);
  }
  const reading = parseOffer(body);
  if (!reading.ok) {
    return refused(refuse("HC_EMBEDDED_OFFER", `malformed SDP offer: ${reading.reason}`));
  }
  const picked = pick(reading.offer, stream);
  return picked.ok ? connect(origin, reading.offer, picked.picks, stream, deps) : refused(picked.reply);
}

function refused(reply: Reply): Opened {
  return { ok: false, reply };
}

function refuseStream(path: string): Opened {
  return refused(refuse("HC_EMBEDDED_NO_STREAM", `no stream is available on path '${path}'`));
}

type Picked = { readonly ok: true; readonly picks: readonly PickedMedia[] } | { readonly ok: false; readonly reply: Reply };

function pick(offer: Offer, stream: LiveStream | null): Picked {
  if (stream !== null) {
    const picks = pickForReading(offer, { profileLevelId: stream.video?.profileLevelId ?? null, opus: stream.audio !== null });
    return picks.length > 0
      ? { ok: true, picks }
      : { ok: false, reply: refuse("HC_EMBEDDED_NO_COMMON_CODEC", "codecs not supported by client") };
  }
  const result = pickForPublishing(offer);
  if (result.ok) {
    return result;
  }
  const words = {
    "too-many-tracks": "only a single video and a single audio track are supported",
    "unsupported-media": "only video and audio can be published",
    "no-common-codec": "no track with a supported codec (H264, Opus) was found",
  };
  return { ok: false, reply: refuse("HC_EMBEDDED_WEBRTC_TRACKS", words[result.reason]) };
}

function connect(origin: SessionOrigin, offer: Offer, picks: readonly PickedMedia[], stream: LiveStream | null, deps: OpenDeps): Opened {
  const { settings, table } = deps;
  const session = new Session(origin, {
    clock: deps.clock,
    log: deps.log,
    handshakeMs: settings.handshakeTimeoutMs,
    onGone: (gone) => table.remove(gone),
  });
  const media = picks.map((item) => describePick(item, randomBits(deps, 32)));
  try {
    const peer = deps.peers.create(offer, media, {
      onState: (state) => session.onPeerState(state),
      onPacket: (mid, packet) => session.onPacket(mid, packet),
    });
    let work: SessionWork;
    try {
      work = stream === null ? publish(session, peer, media, picks, deps) : read(session, peer, media, picks, stream, deps);
    } catch (error) {
      peer.close();
      throw error;
    }
    if (!session.attach(peer, work, offer)) {
      return refuseStream(origin.path);
    }
    table.add(session);
    const answer = writeAnswer({
      sessionId: randomBits(deps, 31),
      offered: offer.media,
      picks,
      ssrcs: new Map(media.map((line) => [line.mid, line.ssrc])),
      local: peer.local,
      candidates: listCandidates(deps),
    });
    return { ok: true, session, answer };
  } catch (error) {
    session.close("it could not be made");
    const known = error instanceof AppError ? error : new AppError("HC_EMBEDDED_WEBRTC_FAILED", { cause: error });
    deps.log.warn({ err: known, path: origin.path }, "a webrtc session could not be made");
    return refused(refuse(known.code, known.message));
  }
}

type Peer = ReturnType<PeerFactory["create"]>;

function publish(session: Session, peer: Peer, media: readonly PeerMedia[], picks: readonly PickedMedia[], deps: OpenDeps): SessionWork {
  const stereo = picks.some((item) => item.kind === "audio" && /(?:^|;)\s*sprop-stereo=1/.test(item.codec.fmtp));
  const { streams, clock } = deps;
  const gatherMs = deps.settings.trackGatherTimeoutMs;
  return new PublisherWork({ session, streams, peer, clock, tracks: media, opusChannels: stereo ? 2 : 1, gatherMs });
}

function read(
  session: Session,
  peer: Peer,
  media: readonly PeerMedia[],
  picks: readonly PickedMedia[],
  stream: LiveStream,
  deps: OpenDeps,
): SessionWork {
  const outgoing = (kind: "video" | "audio"): OutgoingTrack | null => {
    const line = media.find((item) => item.kind === kind);
    const playoutDelayId = picks.find((item) => item.kind === kind)?.playoutDelayId ?? null;
    return line === undefined
      ? null
      : { ...line, playoutDelayId, firstSequence: randomBits(deps, 15), timestampOffset: randomBits(deps, 32) };
  };
  const { writeRtp, clock } = deps;
  return new ViewerWork({ session, stream, peer, writeRtp, clock, video: outgoing("video"), audio: outgoing("audio") });
}

function describePick(item: PickedMedia, ssrc: number): PeerMedia {
  return {
    mid: item.media.mid,
    kind: item.kind,
    direction: item.direction,
    payloadType: item.codec.payloadType,
    codec: item.kind === "video" ? "H264" : "opus",
    fmtp: item.codec.fmtp,
    ssrc,
    remoteSsrcs: item.direction === "receive" ? item.media.ssrcs : [],
  };
}

function listCandidates(deps: OpenDeps): string[] {
  const { settings } = deps;
  const addresses = listHostAddresses(
    {
      boundHost: settings.localUdp?.host ?? null,
      fromInterfaces: settings.ipsFromInterfaces,
      interfaceNames: settings.ipsFromInterfacesList,
      additional: deps.additionalAddresses,
    },
    networkInterfaces(),
  );
  return writeHostCandidates(addresses, settings.localUdp?.port ?? 0);
}

function randomBits(deps: { readonly random: () => number }, bits: number): number {
  return Math.floor(deps.random() * 2 ** bits);
}
