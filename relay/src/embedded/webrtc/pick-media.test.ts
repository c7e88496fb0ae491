import { describe, expect, it } from "vitest";
import { type Offer, parseOffer } from "./offer.ts";
import { pickForPublishing, pickForReading } from "./pick-media.ts";
import { chromiumOffer, type OfferShape } from "./testing/chromium-offer.ts";

function read(shape: OfferShape, change: (sdp: string) => string = (sdp) => sdp): Offer {
  const result = parseOffer(change(chromiumOffer(shape)));
  if (!result.ok) {
    throw new Error(result.reason);
  }
  return result.offer;
}

describe("pickForReading", () => {
  it.each([
    ["same profile and constraints", "42e028", 106],
    ["the dossier's ultrafast stream", "42c01f", 102],
    ["main", "4d4028", 127],
    ["high", "640028", 112],
    ["high 4:4:4 by profile only", "f40028", 39],
    ["a profile that nobody lists", "580028", 102],
  ])("picks for %s (%s) payload type %i, always mode 1", (_name, profileLevelId, payloadType) => {
    const [video] = pickForReading(read({}), { profileLevelId, opus: false });
    expect(video?.codec.payloadType).toBe(payloadType);
    expect(video?.codec.fmtp).toContain("packetization-mode=1");
    expect(video).toMatchObject({ kind: "video", direction: "send", playoutDelayId: 5 });
  });

  it.each([
    ["a VP8-only offer", read({ videoCodecs: "vp8-only" }), "42c01f", false, []],
    ["sound where the stream has none", read({ audio: true }), "42c01f", false, ["video"]],
    ["picture and sound", read({ audio: true }), "42c01f", true, ["video", "audio"]],
    ["a sound-only viewer", read({ videoCodecs: "none", audio: true }), "42c01f", true, ["audio"]],
    ["a sound-only stream", read({ audio: true }), null, true, ["audio"]],
    ["a viewer who only sends", read({ direction: "sendonly" }), "42c01f", true, []],
    ["only mode 0", read({}, (sdp) => sdp.replaceAll("packetization-mode=1", "packetization-mode=0")), "42c01f", false, []],
  ] as const)("finds for %s: %o", (_name, offer, profileLevelId, opus, kinds) => {
    expect(pickForReading(offer, { profileLevelId, opus }).map((pick) => pick.kind)).toEqual(kinds);
  });

  it("leaves the playout delay out where the browser does not offer it or its id needs the two-byte form", () => {
    for (const change of [
      (sdp: string) => sdp.replace(/a=extmap:5.*\r\n/, ""),
      (sdp: string) => sdp.replace("a=extmap:5 ", "a=extmap:15 "),
    ]) {
      expect(pickForReading(read({}, change), { profileLevelId: "42c01f", opus: false })[0]?.playoutDelayId).toBeNull();
    }
  });
});

describe("pickForPublishing", () => {
  const second = "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:7\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1";
  it.each([
    ["H.264 and Opus", read({ audio: true, direction: "sendonly" }), ["video", "audio"]],
    ["only sound", read({ videoCodecs: "none", audio: true, direction: "sendonly" }), ["audio"]],
    ["VP8 only", read({ videoCodecs: "vp8-only", direction: "sendonly" }), "no-common-codec"],
    ["nothing that is sent", read({ direction: "recvonly" }), "no-common-codec"],
    ["two videos", read({ direction: "sendonly", extra: [second] }), "too-many-tracks"],
    ["a data channel", read({ direction: "sendonly", extra: ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"] }), "unsupported-media"],
  ])("answers %s", (_name, offer, expected) => {
    const result = pickForPublishing(offer);
    expect(result.ok ? result.picks.map((pick) => pick.kind) : result.reason).toEqual(expected);
  });
});
