/** What to leave out of, or put into, an offer. */
export type OfferShape = {
  readonly videoCodecs?: "all" | "vp8-only" | "none";
  readonly audio?: boolean;
  readonly direction?: "recvonly" | "sendonly";
  readonly extra?: readonly string[];
};

const head = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS",
];

const transport = [
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=candidate:3155338170 1 udp 2113937151 0f1f42c8-2dbb-4f0f-9d9e-3a5d4a3a6b4c.local 46145 typ host generation 0 network-cost 999",
  "a=candidate:842163049 1 udp 1677729535 192.0.2.7 46145 typ srflx raddr 0.0.0.0 rport 0 generation 0",
  "a=ice-ufrag:vDtp",
  "a=ice-pwd:1Mg3nC0eYBYJmZPi0y+2qVbS",
  "a=ice-options:trickle",
  "a=fingerprint:sha-256 59:46:E0:1E:64:ED:90:97:E0:BD:BE:48:54:BA:BA:48:B0:A5:A1:4A:26:85:DF:C4:29:26:A6:B4:C2:C7:A3:5A",
  "a=setup:actpass",
];

const h264Formats: ReadonlyArray<readonly [payloadType: number, mode: 0 | 1, profile: string]> = [
  [102, 1, "42001f"],
  [104, 0, "42001f"],
  [106, 1, "42e01f"],
  [108, 0, "42e01f"],
  [127, 1, "4d001f"],
  [39, 1, "f4001f"],
  [112, 1, "64001f"],
];

/** An offer as Chromium 156 writes it, shortened: several H.264 profiles in both packetization modes, VP8, Opus, mDNS candidates. */
export function chromiumOffer(shape: OfferShape = {}): string {
  const { videoCodecs = "all", audio = false, direction = "recvonly", extra = [] } = shape;
  const lines = [...head];
  if (videoCodecs !== "none") {
    const h264 = videoCodecs === "all" ? h264Formats : [];
    lines.push(
      `m=video 46145 UDP/TLS/RTP/SAVPF 96 97 ${h264.map(([pt]) => pt).join(" ")}`.trim(),
      ...transport,
      "a=mid:0",
      "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset",
      "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
      `a=${direction}`,
      "a=rtcp-mux",
      "a=rtcp-rsize",
      "a=rtpmap:96 VP8/90000",
      "a=rtcp-fb:96 nack",
      "a=rtpmap:97 rtx/90000",
      "a=fmtp:97 apt=96",
    );
    for (const [pt, mode, profile] of h264) {
      lines.push(
        `a=rtpmap:${pt} H264/90000`,
        `a=rtcp-fb:${pt} goog-remb`,
        `a=rtcp-fb:${pt} ccm fir`,
        `a=rtcp-fb:${pt} nack`,
        `a=rtcp-fb:${pt} nack pli`,
        `a=fmtp:${pt} level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profile}`,
      );
    }
    lines.push(...(direction === "sendonly" ? ["a=ssrc:1111 cname:x", "a=ssrc:1111 msid:- t"] : []));
  }
  if (audio) {
    lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 111 63", ...transport, "a=mid:1", `a=${direction}`, "a=rtcp-mux");
    lines.push("a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1");
    lines.push(...(direction === "sendonly" ? ["a=ssrc:2222 cname:x"] : []));
  }
  return `${[...lines, ...extra].join("\r\n")}\r\n`;
}
