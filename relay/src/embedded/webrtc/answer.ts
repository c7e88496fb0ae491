import type { OfferedMedia } from "./offer.ts";
import type { LocalTransport } from "./peer.ts";
import { type PickedMedia, playoutDelayUri } from "./pick-media.ts";

/** Everything an answer is made of. */
export type AnswerParts = {
  /** Numeric id of the session, for the o= line. */
  readonly sessionId: number;
  /** The offer's sections in their order; the answer has one section for each (RFC 3264, section 6). */
  readonly offered: readonly OfferedMedia[];
  readonly picks: readonly PickedMedia[];
  readonly ssrcs: ReadonlyMap<string, number>;
  readonly local: LocalTransport;
  /** Candidate values, `candidate:` included. */
  readonly candidates: readonly string[];
};

/** RTCP feedback for the picture: what the relay understands from a viewer, and what it sends to a publisher (RFC 4585, section 4). The sound has none. */
const knownFeedback = { send: ["nack", "nack pli", "ccm fir"], receive: ["nack", "nack pli", "goog-remb"] } as const;

/** Writes the whole answer: all candidates in it and `end-of-candidates`, so that nobody has to wait for more. */
export function writeAnswer(parts: AnswerParts): string {
  const mids = parts.picks.map((pick) => pick.media.mid).join(" ");
  const lines = [
    "v=0",
    `o=- ${parts.sessionId} 2 IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mids}`,
    "a=msid-semantic: WMS *",
    `a=fingerprint:${parts.local.fingerprint}`,
    "a=ice-options:trickle",
  ];
  // Candidates stand in one section only: all sections share its transport (RFC 9143).
  const carrier = parts.offered.find((media) => parts.picks.some((pick) => pick.media === media));
  for (const media of parts.offered) {
    const pick = parts.picks.find((candidate) => candidate.media === media);
    lines.push(...(pick === undefined ? writeRefused(media) : writeAccepted(pick, parts, media === carrier)));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function writeRefused(media: OfferedMedia): string[] {
  return [`m=${media.kind} 0 ${media.protocol} ${media.formats.join(" ")}`, "c=IN IP4 0.0.0.0", "a=inactive", `a=mid:${media.mid}`];
}

function writeAccepted(pick: PickedMedia, parts: AnswerParts, withCandidates: boolean): string[] {
  const { codec, media, kind } = pick;
  const pt = codec.payloadType;
  const known: readonly string[] = kind === "video" ? knownFeedback[pick.direction] : [];
  const lines = [
    `m=${kind} 9 ${media.protocol} ${pt}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${media.mid}`,
    pick.direction === "send" ? "a=sendonly" : "a=recvonly",
    "a=rtcp-mux",
    "a=rtcp-rsize",
    `a=ice-ufrag:${parts.local.iceUfrag}`,
    `a=ice-pwd:${parts.local.icePwd}`,
    `a=setup:${parts.local.setup}`,
    `a=rtpmap:${pt} ${codec.name}/${codec.clockRate}${kind === "audio" ? "/2" : ""}`,
    ...codec.feedback.filter((name) => known.includes(name)).map((name) => `a=rtcp-fb:${pt} ${name}`),
    ...(codec.fmtp === "" ? [] : [`a=fmtp:${pt} ${codec.fmtp}`]),
  ];
  if (pick.playoutDelayId !== null) {
    lines.push(`a=extmap:${pick.playoutDelayId} ${playoutDelayUri}`);
  }
  const ssrc = parts.ssrcs.get(media.mid);
  if (pick.direction === "send" && ssrc !== undefined) {
    lines.push(`a=msid:helmcast ${kind}`, `a=ssrc:${ssrc} cname:helmcast`, `a=ssrc:${ssrc} msid:helmcast ${kind}`);
  }
  return withCandidates ? [...lines, ...parts.candidates.map((candidate) => `a=${candidate}`), "a=end-of-candidates"] : lines;
}
