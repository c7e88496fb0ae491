import { describe, expect, it } from "vitest";
import { writeReply } from "./message.ts";
import { parseSenderReport, writeReceiverReport, writeSenderReport } from "./rtcp.ts";
import { parseRtspUrl, splitTrackUrl } from "./rtsp-url.ts";
import { parseSdp } from "./sdp-parse.ts";
import { testSdp } from "./test-support.ts";
import { chooseTransport, writeTransport } from "./transport.ts";

describe("writeReply", () => {
  it("writes status, CSeq, headers and body with its length in bytes", () => {
    expect(writeReply({ status: 400, headers: { A: "b" }, body: "ü" }, "7").toString()).toBe(
      "RTSP/1.0 400 Bad Request\r\nCSeq: 7\r\nServer: helmcast-embedded\r\nA: b\r\nContent-Length: 2\r\n\r\nü",
    );
  });
});

describe("parseRtspUrl", () => {
  it.each([
    ["rtsp://h:8554/a/b", { path: "a/b", query: "" }],
    ["rtsp://user:pw@h/a/b/?token=x", { path: "a/b", query: "token=x" }],
    ["rtsp://h", { path: "", query: "" }],
    ["rtsp://h/a%2Fb", { path: "a%2Fb", query: "" }],
    ["http://h/a", null],
    ["*", null],
  ])("%s is %j", (url, expected) => expect(parseRtspUrl(url)).toEqual(expected));

  it("finds the track behind a query", () => {
    expect(splitTrackUrl("rtsp://h/a/b?token=x/trackID=0")).toEqual({ base: "rtsp://h/a/b?token=x", control: "trackID=0" });
  });
});

describe("chooseTransport", () => {
  it.each([
    ["RTP/AVP/TCP;unicast;interleaved=2-3", { rtpChannel: 2, rtcpChannel: 3 }],
    ["RTP/AVP/UDP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=0-1", { rtpChannel: 0, rtcpChannel: 1 }],
    ["RTP/AVP/TCP;unicast", { rtpChannel: 4, rtcpChannel: 5 }],
    ["RTP/AVP;unicast;client_port=5000-5001", "unsupported"],
    ["RTP/AVP/TCP;interleaved=255-256", "malformed"],
    ["RTP/AVP/TCP;interleaved=a", "malformed"],
    [undefined, "malformed"],
  ])("%s is %j", (header, expected) => expect(chooseTransport(header, 4)).toEqual(expected));

  it("gives no channel past 255 to a client that names none", () => {
    expect(chooseTransport("RTP/AVP/TCP;unicast", 254)).toEqual({ rtpChannel: 254, rtcpChannel: 255 });
    expect(chooseTransport("RTP/AVP/TCP;unicast", 255)).toBe("malformed");
  });

  it("is answered with channels and SSRC", () => {
    expect(writeTransport({ rtpChannel: 0, rtcpChannel: 1 }, 0xab)).toBe("RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=000000AB");
  });
});

describe("RTCP", () => {
  it("reads the sender report that it writes, also behind another packet", () => {
    const report = writeSenderReport({ ssrc: 5, wallMs: 1_700_000_000_250, timestamp: 90_000, packets: 3, bytes: 4 });
    const block = {
      ssrc: 5,
      fractionLost: 12,
      cumulativeLost: 3,
      highestSequence: 70_000,
      jitter: 9,
      lastReport: 1,
      delaySinceLastReport: 2,
    };
    const receiverReport = writeReceiverReport(9, block);
    expect(receiverReport.readUInt32BE(16)).toBe(70_000);
    const parsed = parseSenderReport(Buffer.concat([receiverReport, report]));
    expect(parsed).toMatchObject({ ssrc: 5, timestamp: 90_000 });
    expect(parsed?.ntpMs).toBeCloseTo(1_700_000_000_250, 2);
    expect(parseSenderReport(report.subarray(0, 20))).toBeNull();
  });
});

describe("parseSdp", () => {
  it("reads the media that ffmpeg and the tests announce", () => {
    expect(parseSdp(testSdp())).toMatchObject([
      { kind: "video", payloadType: 96, codec: "H264", clockRate: 90_000, control: "streamid=0" },
    ]);
    const opus = "v=0\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\na=fmtp:97 sprop-stereo=1\r\na=control:streamid=1\r\n";
    expect(parseSdp(opus)).toMatchObject([{ codec: "OPUS", channels: 2 }]);
  });

  it.each([
    ["hello"],
    ["v=0\r\n"],
    ["v=0\r\nm=video"],
    [`v=0\r\n${"m=video 0 RTP/AVP 96\r\n".repeat(9)}`],
    [`v=0\r\n${"a=x\r\n".repeat(600)}`],
  ])("refuses %j", (text) => expect(parseSdp(text)).toBeNull());
});
