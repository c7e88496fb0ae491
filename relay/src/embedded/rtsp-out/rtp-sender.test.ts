import { describe, expect, it } from "vitest";
import { RtspParser } from "../rtsp/message-parser.ts";
import { parseSenderReport } from "../rtsp/rtcp.ts";
import { parseRtp } from "../stream/rtp.ts";
import { RtpSender } from "./rtp-sender.ts";
import { writeSdp } from "./sdp-write.ts";

const options = { payloadType: 96, rtpChannel: 2, rtcpChannel: 3, ssrc: 9, firstSequence: 65_535, timestampOffset: 0xffff_ffff };

function cut(bytes: Buffer): { channel: number; payload: Buffer }[] {
  const parser = new RtspParser();
  parser.push(bytes);
  const items: { channel: number; payload: Buffer }[] = [];
  for (let item = parser.next(); item?.kind === "interleaved"; item = parser.next()) {
    items.push(item);
  }
  return items;
}

describe("RtpSender", () => {
  it("frames a picture: a sender report first, then packets in order, the marker on the last", () => {
    const sender = new RtpSender(options);
    const items = cut(sender.frame([Buffer.from("a"), Buffer.from("b")], 90_000, 1000));
    expect(items.map((item) => item.channel)).toEqual([3, 2, 2]);
    expect(parseSenderReport(items[0]?.payload ?? Buffer.alloc(0))).toMatchObject({ ssrc: 9, timestamp: 89_999 });
    const packets = items.slice(1).map((item) => parseRtp(item.payload));
    expect(packets).toMatchObject([
      { sequence: 65_535, timestamp: 89_999, marker: false, payloadType: 96, ssrc: 9 },
      { sequence: 0, timestamp: 89_999, marker: true },
    ]);
    expect([sender.packets, sender.reports]).toEqual([2, 1]);
  });

  it("reports again after 5 s, not before", () => {
    const sender = new RtpSender(options);
    const channels = [0, 1000, 4999, 5000].map((wallMs) => cut(sender.frame([Buffer.from("a")], 0, wallMs)).length);
    expect(channels).toEqual([2, 1, 1, 2]);
  });

  it("goes on reporting when the wall clock is set back", () => {
    const sender = new RtpSender(options);
    const channels = [3_600_000, 1000, 2000, 6000].map((wallMs) => cut(sender.frame([Buffer.from("a")], 0, wallMs)).length);
    expect(channels).toEqual([2, 2, 1, 2]);
  });
});

describe("writeSdp", () => {
  it("has only the tracks that there are", () => {
    expect(writeSdp("a/b", { video: null, audio: { codec: "Opus", channels: 2 } })).toMatch(
      /^v=0\r\n(?!.*m=video).*m=audio 0 RTP\/AVP 97\r\n.*sprop-stereo=1/s,
    );
  });
});
