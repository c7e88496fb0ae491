import { describe, expect, it } from "vitest";
import { parseOffer } from "./offer.ts";
import { chromiumOffer } from "./testing/chromium-offer.ts";

describe("parseOffer", () => {
  it("reads Chromium's offer", () => {
    const read = parseOffer(chromiumOffer({ audio: true }));
    if (!read.ok) {
      throw new Error(read.reason);
    }
    const [video, audio] = read.offer.media;
    expect(read.offer).toMatchObject({ iceUfrag: "vDtp", icePwd: "1Mg3nC0eYBYJmZPi0y+2qVbS", setup: "actpass" });
    expect(read.offer.fingerprint).toMatch(/^sha-256 59:46/);
    expect(read.offer.candidates).toHaveLength(4);
    expect(video).toMatchObject({ kind: "video", mid: "0", direction: "recvonly" });
    expect(video?.codecs.find((codec) => codec.payloadType === 102)).toEqual({
      payloadType: 102,
      name: "H264",
      clockRate: 90_000,
      fmtp: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
      feedback: ["goog-remb", "ccm fir", "nack", "nack pli"],
    });
    expect(video?.extensions).toContainEqual({ id: 5, uri: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay" });
    expect(audio).toMatchObject({ kind: "audio", mid: "1" });
  });

  it("reads bare line feeds and a publisher's SSRCs", () => {
    const read = parseOffer(chromiumOffer({ direction: "sendonly" }).replaceAll("\r\n", "\n"));
    expect(read).toMatchObject({ ok: true, offer: { media: [{ direction: "sendonly", ssrcs: [1111] }] } });
  });

  const offer = chromiumOffer();
  it.each([
    ["nothing", "", /line 0/],
    ["text", "hello", /line 1/],
    ["JSON", '{"sdp":"v=0"}', /line 1/],
    ["no version", offer.replace("v=0\r\n", ""), /v=0/],
    ["no media", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", /no media/],
    ["a broken m line", offer.replace("m=video 46145", "m=video abc"), /section 1/],
    ["an m line that smuggles a line", offer.replace("SAVPF 96", "SAVPF 96<x>"), /section 1/],
    ["a mid with a space", offer.replace("a=mid:0", "a=mid:0 0"), /section 1/],
    ["no ufrag", offer.replace("a=ice-ufrag:vDtp\r\n", ""), /ice-ufrag/],
    ["a short pwd", offer.replace(/a=ice-pwd:.*/, "a=ice-pwd:abc"), /ice-pwd/],
    ["no fingerprint", offer.replace(/a=fingerprint:.*\r\n/, ""), /fingerprint/],
    ["an odd fingerprint", offer.replace(/a=fingerprint:.*/, "a=fingerprint:sha-256 zz"), /fingerprint/],
    [
      "a fingerprint shorter than its hash",
      offer.replace(/a=fingerprint:.*/, `a=fingerprint:sha-256 ${"AA:".repeat(19)}AA`),
      /fingerprint/,
    ],
    ["a carriage return within a line", offer.replace("a=fmtp:102 ", "a=fmtp:102 x\ra=y;"), /x=value/],
    ["a NUL within a line", offer.replace("a=fmtp:102 ", "a=fmtp:102 \0"), /x=value/],
    ["two sections of one mid", `${offer}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n`, /section 2 has the mid/],
    ["more formats than payload types", offer.replace("SAVPF 96", `SAVPF ${"96 ".repeat(128)}96`), /section 1/],
    ["more lines than any browser sends", offer + "a=x\r\n".repeat(4096), /more than 4096 lines/],
    ["an odd setup", offer.replace("a=setup:actpass", "a=setup:holdconn"), /setup/],
    ["too many sections", offer + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(16), /more than 16/],
  ])("refuses %s with a reason", (_name, text, reason) => {
    const read = parseOffer(text);
    expect(read.ok).toBe(false);
    expect(read.ok ? "" : read.reason).toMatch(reason);
  });

  it("survives 300 offers with random damage", () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let run = 0; run < 300; run++) {
      const at = Math.floor(random() * offer.length);
      const damaged = offer.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + offer.slice(at + Math.floor(random() * 40));
      expect(typeof parseOffer(damaged).ok).toBe("boolean");
    }
  });
});
