import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { parseRtp, type RtpPacket } from "../stream/rtp.ts";
import { burstStepTicks } from "./burst.ts";
import { isRtcp, readRtcp } from "./rtcp.ts";
import { createRtpWriter } from "./rtp-packet.ts";
import { createFakePeers, makeUnit } from "./testing/fakes.ts";
import { ViewerSender } from "./viewer-sender.ts";

const video = { mid: "0", payloadType: 102, ssrc: 7, playoutDelayId: 5, firstSequence: 65_534, timestampOffset: 2 ** 32 - 3000 };
const audio = { ...video, mid: "1", payloadType: 111, ssrc: 8, playoutDelayId: null };

function setUp() {
  const peers = createFakePeers();
  const peer = peers.create({ iceUfrag: "", icePwd: "", fingerprint: "", setup: "actpass" }, [], {
    onState: () => undefined,
    onPacket: () => undefined,
  });
  const sent = peers.made[0]?.sent ?? [];
  const clock = new FakeClock();
  const sender = new ViewerSender({ peer, writeRtp: createRtpWriter(), clock, video, audio });
  const rtp = (): RtpPacket[] => sent.filter((item) => !isRtcp(item.packet)).flatMap((item) => parseRtp(item.packet) ?? []);
  const reports = (): Buffer[] => sent.filter((item) => isRtcp(item.packet)).map((item) => item.packet);
  return { sender, sent, clock, rtp, reports };
}

describe("ViewerSender", () => {
  it("sends a picture's payloads at once, the last with the marker, over the wrap of sequence and time", () => {
    const { sender, rtp } = setUp();
    sender.sendVideo(makeUnit(0, true, [100, 50]));
    sender.sendVideo(makeUnit(3000, false, [30]));
    expect(rtp().map(({ sequence, timestamp, marker, ssrc }) => ({ sequence, timestamp, marker, ssrc }))).toEqual([
      { sequence: 65_534, timestamp: 2 ** 32 - 3000, marker: false, ssrc: 7 },
      { sequence: 65_535, timestamp: 2 ** 32 - 3000, marker: true, ssrc: 7 },
      { sequence: 0, timestamp: 0, marker: true, ssrc: 7 },
    ]);
  });

  it("goes on when the publisher's clock steps back before its beginning", () => {
    const { sender, rtp, reports } = setUp();
    sender.sendVideo(makeUnit(-(2 ** 32) - 6000, true));
    expect(rtp()[0]?.timestamp).toBe(2 ** 32 - 9000);
    expect(reports()).toHaveLength(1);
  });

  it("begins at an IDR, and at one again after a change", () => {
    const { sender, rtp } = setUp();
    sender.sendVideo(makeUnit(0, false));
    expect(rtp()).toHaveLength(0);
    expect(sender.waitingForIdr).toBe(true);
    sender.sendVideo(makeUnit(3000, true));
    sender.restartAtIdr();
    sender.sendVideo(makeUnit(6000, false));
    expect(rtp()).toHaveLength(1);
    expect(sender.counts.framesDiscarded).toBe(2);
  });

  it("bursts the cached pictures so that the newest has its true time and the next live one follows it truly", () => {
    const { sender, rtp } = setUp();
    sender.sendBurst([makeUnit(3000, true), makeUnit(6000, false), makeUnit(9000, false)]);
    sender.sendVideo(makeUnit(12_000, false));
    expect(rtp().map((packet) => packet.timestamp)).toEqual([6000 - 2 * burstStepTicks, 6000 - burstStepTicks, 6000, 9000]);
    expect(rtp().map((packet) => packet.sequence)).toEqual([65_534, 65_535, 0, 1]);
  });

  it("tells the browser a playout delay of 0 with key frames only", () => {
    const { sender, sent } = setUp();
    sender.sendVideo(makeUnit(0, true, [10, 10]));
    sender.sendVideo(makeUnit(3000, false));
    const extended = sent.filter((item) => !isRtcp(item.packet)).map((item) => ((item.packet[0] ?? 0) & 0x10) !== 0);
    expect(extended).toEqual([true, true, false]);
  });

  it("sends again exactly the bytes that were lost", () => {
    const { sender, sent } = setUp();
    sender.sendBurst([makeUnit(0, true, [100, 50]), makeUnit(3000, false, [30])]);
    const before = sent.filter((item) => !isRtcp(item.packet)).map((item) => item.packet);
    sent.length = 0;
    sender.resend([65_535, 0, 4711]);
    expect(sent.map((item) => item.packet)).toEqual([before[1], before[2]]);
  });

  it("bounds how much is sent again per second", async () => {
    const { sender, sent, clock } = setUp();
    await clock.advance(5000);
    sender.sendVideo(makeUnit(0, true));
    sent.length = 0;
    sender.resend(Array.from({ length: 2000 }, () => 65_534));
    expect(sent).toHaveLength(512);
    await clock.advance(1000);
    sender.resend([65_534]);
    expect(sent).toHaveLength(513);
  });

  it("reports once a second what time a picture was, for the video only", async () => {
    const { sender, reports, clock } = setUp();
    sender.sendVideo(makeUnit(9000, true));
    sender.sendVideo(makeUnit(12_000, false));
    sender.sendAudio({ pts48k: 0, arrivalWallMs: 0, payload: Buffer.from("opus") });
    await clock.advance(1000);
    sender.sendVideo(makeUnit(99_000, false));
    expect(reports().map((packet) => readRtcp(packet).senderReport)).toMatchObject([
      { ssrc: 7, timestamp: 6000 },
      { ssrc: 7, timestamp: 96_000 },
    ]);
    expect(readRtcp(reports()[1] ?? Buffer.alloc(0)).senderReport?.ntpMs).toBeCloseTo(1_700_000_001_100, 0);
  });

  it("numbers the sound by itself", () => {
    const { sender, sent } = setUp();
    sender.sendAudio({ pts48k: 3000, arrivalWallMs: 0, payload: Buffer.from("opus") });
    const packet = parseRtp(sent[0]?.packet ?? Buffer.alloc(0));
    expect(sent[0]?.mid).toBe("1");
    expect(packet).toMatchObject({ payloadType: 111, ssrc: 8, timestamp: 0, sequence: 65_534 });
    expect(packet?.payload.toString()).toBe("opus");
  });
});
