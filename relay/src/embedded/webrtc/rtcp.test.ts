import { describe, expect, it } from "vitest";
import { isRtcp, readRtcp, writeNack, writePli, writeReceiverReport, writeRemb, writeSenderReport } from "./rtcp.ts";

const nothing = { nacked: [], keyFrameRequested: false, senderReport: null };

describe("readRtcp", () => {
  it("reads a NACK with its bit mask over the wrap", () => {
    const packet = writeNack(1, 2, [65_534]);
    packet.writeUInt16BE(0b101, 14);
    expect(readRtcp(packet).nacked).toEqual([65_534, 65_535, 1]);
  });

  it("reads a compound packet: receiver report, then a picture loss indication", () => {
    const report = writeReceiverReport({
      ssrc: 1,
      sourceSsrc: 2,
      fractionLost: 0,
      lost: 0,
      highestSequence: 5,
      lastSenderReport: 0,
      sinceSenderReportMs: 0,
    });
    expect(readRtcp(Buffer.concat([report, writePli(1, 2)]))).toEqual({ ...nothing, keyFrameRequested: true });
  });

  it("reads what a sender report ties together", () => {
    const packet = writeSenderReport({ ssrc: 9, wallMs: 1_700_000_000_500, timestamp: 123, packets: 1, bytes: 2 });
    const { senderReport } = readRtcp(packet);
    expect(senderReport).toMatchObject({ ssrc: 9, timestamp: 123 });
    expect(senderReport?.ntpMs).toBeCloseTo(1_700_000_000_500, 1);
    expect(senderReport?.middleNtp).toBe(packet.readUInt32BE(10));
  });

  it("bounds what one datagram can ask for", () => {
    const packet = Buffer.alloc(12 + 4 * 200, 0xff);
    packet.writeUInt32BE(0x81cd0000 + 2 + 200, 0);
    expect(readRtcp(packet).nacked).toHaveLength(256);
  });

  it.each([
    ["empty", Buffer.alloc(0)],
    ["short", Buffer.from([0x81, 206, 0])],
    ["a length past the end", Buffer.from([0x81, 206, 0, 9, 0, 0, 0, 0])],
    ["another version", Buffer.from([0x01, 206, 0, 1, 0, 0, 0, 0])],
  ])("finds nothing in %s", (_name, packet) => {
    expect(readRtcp(packet)).toEqual(nothing);
  });
});

describe("writing", () => {
  it("tells RTCP from RTP, marker or not", () => {
    expect(isRtcp(writePli(1, 2))).toBe(true);
    expect(isRtcp(Buffer.from([0x80, 102, 0, 0]))).toBe(false);
    expect(isRtcp(Buffer.from([0x80, 0x80 | 102, 0, 0]))).toBe(false);
  });

  it("writes lengths that fit", () => {
    for (const packet of [writePli(1, 2), writeNack(1, 2, [3, 4]), writeRemb(1, 2, 6_000_000)]) {
      expect((packet.readUInt16BE(2) + 1) * 4).toBe(packet.length);
    }
  });

  it("writes a bitrate that reads back within a thousandth", () => {
    const word = writeRemb(1, 2, 6_000_000).readUInt32BE(16);
    const bitrate = (word & 0x3ffff) * 2 ** ((word >> 18) & 0x3f);
    expect(Math.abs(bitrate - 6_000_000)).toBeLessThan(6000);
  });
});
