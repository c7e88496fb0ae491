import { describe, expect, it } from "vitest";
import { writeAnswer } from "./answer.ts";
import { parseOffer } from "./offer.ts";
import { pickForPublishing, pickForReading } from "./pick-media.ts";
import { chromiumOffer } from "./testing/chromium-offer.ts";

const local = { iceUfrag: "srvr", icePwd: "0123456789012345678901", fingerprint: "sha-256 AA:BB", setup: "active" } as const;

function answerTo(sdp: string, kind: "read" | "publish", opus = true): string[] {
  const read = parseOffer(sdp);
  if (!read.ok) {
    throw new Error(read.reason);
  }
  const published = pickForPublishing(read.offer);
  const picks = kind === "read" ? pickForReading(read.offer, { profileLevelId: "42c01f", opus }) : published.ok ? published.picks : [];
  const ssrcs = new Map(picks.map((pick, index) => [pick.media.mid, 1000 + index]));
  const candidates = ["candidate:1 1 udp 2130706431 192.0.2.2 8189 typ host"];
  return writeAnswer({ sessionId: 7, offered: read.offer.media, picks, ssrcs, local, candidates }).split("\r\n");
}

describe("writeAnswer", () => {
  it("answers a viewer with the browser's own parameters, all candidates and the end of them", () => {
    const lines = answerTo(chromiumOffer({ audio: true }), "read");
    expect(lines).toEqual(
      expect.arrayContaining([
        "a=group:BUNDLE 0 1",
        "m=video 9 UDP/TLS/RTP/SAVPF 102",
        "a=sendonly",
        "a=setup:active",
        "a=rtpmap:102 H264/90000",
        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
        "a=rtcp-fb:102 nack",
        "a=rtcp-fb:102 nack pli",
        "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "a=ssrc:1000 cname:helmcast",
        "a=rtpmap:111 opus/48000/2",
        "a=candidate:1 1 udp 2130706431 192.0.2.2 8189 typ host",
        "a=end-of-candidates",
      ]),
    );
    expect(lines.filter((line) => line.startsWith("a=candidate"))).toHaveLength(1);
    expect(lines.join()).not.toContain("goog-remb");
  });

  it("promises no feedback for sound: none is sent again, and none is asked for again", () => {
    const offer = chromiumOffer({ audio: true }).replace("a=rtcp-fb:111 transport-cc", "a=rtcp-fb:111 nack");
    expect(answerTo(offer, "read")).not.toContain("a=rtcp-fb:111 nack");
  });

  it("refuses the sections that it can't fill, in the offer's order", () => {
    const lines = answerTo(chromiumOffer({ audio: true }), "read", false);
    expect(lines).toContain("a=group:BUNDLE 0");
    const sections = lines.filter((line) => line.startsWith("m="));
    expect(sections).toEqual(["m=video 9 UDP/TLS/RTP/SAVPF 102", "m=audio 0 UDP/TLS/RTP/SAVPF 111 63"]);
  });

  it("answers a publisher with recvonly and no SSRC of its own", () => {
    const lines = answerTo(chromiumOffer({ direction: "sendonly", audio: true }), "publish");
    expect(lines.filter((line) => line.startsWith("a=rtcp-fb"))).toEqual(
      ["goog-remb", "nack", "nack pli"].map((name) => `a=rtcp-fb:106 ${name}`),
    );
    expect(lines.filter((line) => line === "a=recvonly")).toHaveLength(2);
    expect(lines.join()).not.toContain("a=ssrc");
  });
});
