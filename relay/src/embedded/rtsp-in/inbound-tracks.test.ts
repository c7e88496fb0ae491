import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { writeSenderReport } from "../rtsp/rtcp.ts";
import { rtpPacket, testPublishRequest, testRegistry } from "../rtsp/test-support.ts";
import type { AnnouncedTrack } from "./choose-tracks.ts";
import { InboundTracks } from "./inbound-tracks.ts";
import { ReceiveStats } from "./receive-stats.ts";

const track: AnnouncedTrack = { kind: "video", payloadType: 96, control: "0", clockRate: 90_000 };
const idr = Buffer.from([0x65, 0x88, 0x84, 0x00]);

describe("InboundTracks", () => {
  it("counts, passes on, and reports back every 5 s with the publisher's own report in it", async () => {
    const clock = new FakeClock();
    const sent: Buffer[] = [];
    const tracks = new InboundTracks({ clock, send: (bytes) => sent.push(bytes) });
    expect(tracks.add(track, { rtpChannel: 0, rtcpChannel: 1 })).toBe(true);
    expect(tracks.add({ ...track, control: "1" }, { rtpChannel: 1, rtcpChannel: 2 })).toBe(false);
    expect(tracks.nextChannel()).toBe(2);
    const writer = testRegistry().registry.publish(testPublishRequest("dev/main"));
    const take = (sequence: number, payloadType = 96): void =>
      tracks.take(0, rtpPacket({ sequence, timestamp: sequence * 3000, marker: true, payload: idr, payloadType }), writer);
    tracks.take(1, writeSenderReport({ ssrc: 7, wallMs: 1000, timestamp: 0, packets: 0, bytes: 0 }), writer);
    take(1);
    take(2, 97);
    tracks.take(9, idr, writer);
    await clock.advance(5000);
    take(4);
    expect(tracks.counts()).toMatchObject({
      inboundRTPPackets: 2,
      inboundRTPPacketsLost: 2,
      inboundRTPPacketsInError: 2,
      inboundRTCPPackets: 1,
      outboundRTCPPackets: 1,
    });
    const [frame = Buffer.alloc(0)] = sent;
    expect([frame[0], frame[1], frame[5]]).toEqual([0x24, 1, 201]);
    expect(frame.readUInt32BE(12)).toBe(7);
    expect(frame.readUInt32BE(4 + 28)).toBe(5 * 65_536);
  });
});

describe("ReceiveStats", () => {
  it("counts losses across the wrap of the sequence numbers, each report for its own time", () => {
    const stats = new ReceiveStats(90_000);
    const count = (sequence: number): void => stats.count(rtpPacket({ sequence, timestamp: 0, marker: false, payload: idr }), 0);
    expect(stats.takeReport(0)).toBeNull();
    count(65_534);
    count(65_535);
    count(1);
    expect(stats.takeReport(0)).toMatchObject({ cumulativeLost: 1, fractionLost: 64, highestSequence: 65_537 });
    count(2);
    expect(stats.takeReport(0)).toMatchObject({ cumulativeLost: 1, fractionLost: 0, highestSequence: 65_538 });
  });

  it("measures jitter in ticks", () => {
    const stats = new ReceiveStats(90_000);
    for (let index = 0; index < 100; index += 1) {
      stats.count(
        rtpPacket({ sequence: index, timestamp: index * 3000, marker: true, payload: idr }),
        (index * 1000) / 30 + (index % 2) * 2,
      );
    }
    expect(stats.jitter).toBeGreaterThan(150);
    expect(stats.jitter).toBeLessThan(200);
  });
});
