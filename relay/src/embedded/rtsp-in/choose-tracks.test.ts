import { describe, expect, it } from "vitest";
import { parseSdp } from "../rtsp/sdp-parse.ts";
import { testPps, testSdp, testSps } from "../rtsp/test-support.ts";
import { chooseTracks } from "./choose-tracks.ts";

const video = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:0\r\n";
const audio = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\na=fmtp:97 sprop-stereo=1\r\na=control:1\r\n";

function choose(media: string): ReturnType<typeof chooseTracks> {
  return chooseTracks(parseSdp(media.startsWith("v=") ? media : `v=0\r\n${media}`) ?? expect.fail("no SDP"));
}

describe("chooseTracks", () => {
  it("takes H.264 with its parameter sets", () => {
    expect(choose(testSdp())).toMatchObject({
      ok: true,
      tracks: [{ kind: "video" }],
      parameterSets: { sps: testSps, pps: testPps },
      audio: null,
    });
  });

  it("takes picture and sound, sound alone, and a picture whose sets come in band", () => {
    expect(choose(video + audio)).toMatchObject({ ok: true, parameterSets: null, audio: { codec: "Opus", channels: 2 } });
    expect(choose(audio)).toMatchObject({ ok: true, tracks: [{ kind: "audio" }] });
  });

  it.each([
    ["H.265", video.replace("H264", "H265"), /Set the encoder to H\.264.*H265 can't be carried/],
    ["AAC beside H.264", `${video}${audio.replace("opus/48000/2", "MPEG4-GENERIC/44100/2")}`, /MPEG4-GENERIC can't/],
    ["a payload type without a codec", "m=audio 0 RTP/AVP 0\r\na=control:1\r\n", /Payload type 0 can't/],
    ["two pictures", video + video.replace("control:0", "control:1"), /at most/],
    ["interleaved packetization", video.replace("a=control", "a=fmtp:96 packetization-mode=2\r\na=control"), /mode 2/],
  ])("refuses %s", (_name, media, sentence) => {
    const choice = choose(media);
    expect(choice.ok ? "" : choice.error.message).toMatch(sentence);
  });

  it.each([
    ["that can't be read", "AAAA,BBBB"],
    ["whose second is no PPS", `${testSps.toString("base64")},${testSps.toString("base64")}`],
    ["whose PPS is over its bound", `${testSps.toString("base64")},${Buffer.concat([testPps, Buffer.alloc(2000)]).toString("base64")}`],
  ])("passes over parameter sets %s", (_name, sprop) => {
    const broken = video.replace("a=control", `a=fmtp:96 sprop-parameter-sets=${sprop}\r\na=control`);
    expect(choose(broken)).toMatchObject({ ok: true, parameterSets: null });
  });

  it("finds the parameter sets in any order", () => {
    const sprop = `${testPps.toString("base64")},${testSps.toString("base64")}`;
    const swapped = video.replace("a=control", `a=fmtp:96 sprop-parameter-sets=${sprop}\r\na=control`);
    expect(choose(swapped)).toMatchObject({ ok: true, parameterSets: { sps: testSps, pps: testPps } });
  });
});
