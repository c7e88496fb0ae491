import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rtpPacket } from "../rtsp/test-support.ts";
import { parseRtp, type RtpPacket } from "../stream/rtp.ts";
import { H264Depacketizer, type H264Frame, maxFrameBytes, maxHeldBytes } from "./depacketize.ts";
import { packetizeH264 } from "./packetize.ts";

type Sent = { payload: Buffer; timestamp: number; marker: boolean };

/** Feeds packets, leaving out those whose place is in `lost`. */
function feed(
  packets: readonly Sent[],
  lost: ReadonlySet<number> = new Set(),
  firstSequence = 65_530,
): { frames: H264Frame[]; depacketizer: H264Depacketizer } {
  const frames: H264Frame[] = [];
  const depacketizer = new H264Depacketizer((frame) => frames.push(frame));
  for (const [index, packet] of packets.entries()) {
    const rtp = parseRtp(rtpPacket({ sequence: (firstSequence + index) & 0xffff, ...packet, payload: Buffer.from(packet.payload) }));
    if (rtp !== null && !lost.has(index)) {
      depacketizer.push(rtp);
    }
  }
  return { frames, depacketizer };
}

function packets(nals: readonly Buffer[], timestamp: number, maxBytes?: number): Sent[] {
  const payloads = packetizeH264(nals, maxBytes);
  return payloads.map((payload, index) => ({ payload, timestamp, marker: index === payloads.length - 1 }));
}

function slice(type: 1 | 5, bytes: number, fill = 0x11): Buffer {
  const nal = Buffer.alloc(Math.max(bytes, 2), fill);
  nal[0] = 0x60 | type;
  nal[1] = 0x88;
  return nal;
}

const nalArbitrary = fc.tuple(fc.constantFrom(1, 5, 6, 7, 8), fc.uint8Array({ minLength: 1, maxLength: 4000 })).map(([type, body]) => {
  const nal = Buffer.concat([Buffer.from([0x60 | type]), body]);
  nal[1] = (nal[1] ?? 0) | 0x80;
  return nal;
});

describe("H264Depacketizer", () => {
  it("gives back what the packetizer was given, whatever the NAL units and the packet size", () => {
    fc.assert(
      fc.property(fc.array(nalArbitrary, { minLength: 1, maxLength: 8 }), fc.integer({ min: 20, max: 1400 }), (nals, maxBytes) => {
        const idr = slice(5, 10);
        const { frames } = feed([...packets([idr], 0), ...packets(nals, 3000, maxBytes)]);
        expect(frames).toHaveLength(2);
        expect(frames[1]?.nals.map((nal) => nal.toString("hex"))).toEqual(nals.map((nal) => nal.toString("hex")));
      }),
      { numRuns: 150 },
    );
  });

  it("never throws and never emits a picture larger than its bound, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.boolean(), fc.nat(3)), { maxLength: 60 }), (items) => {
        const { frames } = feed(items.map(([payload, marker, timestamp]) => ({ payload: Buffer.from(payload), marker, timestamp })));
        expect(frames.every((frame) => frame.nals.every((nal) => nal.length > 0 && nal.length <= maxFrameBytes))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("emits nothing but whole pictures after any loss, and goes on with the next IDR", () => {
    const picture = (index: number): Sent[] => {
      const type = index % 5 === 0 ? 5 : 1;
      const second = slice(type, 500, index + 1);
      second[1] = 0x48; // first_mb_in_slice is 1: a picture has one slice only that begins at 0
      return packets([slice(type, 3000, index + 1), second], index * 3000);
    };
    const all = Array.from({ length: 15 }, (_item, index) => picture(index)).flat();
    const whole = feed(all).frames.map((frame) => Buffer.concat(frame.nals).toString("hex"));
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(all.length - 1), { maxLength: 5 }), (lost) => {
        const { frames } = feed(all, new Set(lost));
        let mayFollow = false;
        let lastIndex = -1;
        for (const frame of frames) {
          const index = whole.indexOf(Buffer.concat(frame.nals).toString("hex"));
          expect(index).toBeGreaterThan(lastIndex);
          mayFollow = frame.hasIdr || (mayFollow && index === lastIndex + 1);
          expect(mayFollow).toBe(true);
          lastIndex = index;
        }
      }),
      { numRuns: 200, examples: [[[20, 21, 22]]] },
    );
  });

  it("emits at the marker, without the next packet", () => {
    expect(feed(packets([slice(5, 5000)], 0)).frames).toHaveLength(1);
  });

  it("emits a picture without a marker when the timestamp changes", () => {
    const { frames } = feed([
      ...packets([slice(5, 40)], 0).map((packet) => ({ ...packet, marker: false })),
      ...packets([slice(1, 40)], 3000),
    ]);
    expect(frames.map((frame) => frame.timestamp)).toEqual([0, 3000]);
  });

  it("passes over doubled and late packets", () => {
    const depacketized: H264Frame[] = [];
    const depacketizer = new H264Depacketizer((frame) => depacketized.push(frame));
    for (const sequence of [5, 6, 6, 5, 7]) {
      const rtp = parseRtp(rtpPacket({ sequence, timestamp: sequence * 3000, marker: true, payload: slice(5, 20) }));
      depacketizer.push(rtp ?? expect.fail());
    }
    expect(depacketized.map((frame) => frame.timestamp)).toEqual([15_000, 18_000, 21_000]);
    expect(depacketizer.counts).toEqual({ framesInError: 0 });
  });

  it.each([
    ["an aggregate in an aggregate", Buffer.from([0x78, 0, 2, 0x78, 0x88])],
    ["a NAL unit without a type in an aggregate", Buffer.from([0x78, 0, 2, 0x60, 0x88])],
    ["a fragment that is to become a fragment", Buffer.from([0x7c, 0xdc, 0x88])],
  ])("drops a picture with %s, which readers would take for something else", (_name, payload) => {
    const { frames, depacketizer } = feed([...packets([slice(5, 20)], 0), { payload, timestamp: 3000, marker: true }]);
    expect(frames.map((frame) => frame.timestamp)).toEqual([0]);
    expect(depacketizer.counts.framesInError).toBe(1);
  });

  it("drops a picture whose few bytes hold on to more memory than its bound", () => {
    const chunks = [Buffer.alloc(64 * 1024), Buffer.alloc(64 * 1024)];
    const small = Array.from({ length: maxHeldBytes / (64 * 1024) + 1 }, (_item, index): RtpPacket => {
      const payload = (chunks[index % 2] ?? expect.fail()).subarray(0, 2);
      payload.set([0x65, 0x88]);
      return { marker: false, payloadType: 96, sequence: index, timestamp: 0, ssrc: 7, payload };
    });
    const last = { marker: true, payloadType: 96, sequence: small.length, timestamp: 0, ssrc: 7, payload: slice(5, 20) };
    const frames: H264Frame[] = [];
    const depacketizer = new H264Depacketizer((frame) => frames.push(frame));
    for (const packet of [...small, last]) {
      depacketizer.push(packet);
    }
    expect(frames).toEqual([]);
    expect(depacketizer.counts.framesInError).toBe(1);
  });

  it("drops a picture over the bound and stays alive", () => {
    const huge = packets([slice(5, maxFrameBytes + 1)], 0, 60_000);
    const { frames, depacketizer } = feed([...huge, ...packets([slice(5, 20)], 3000)]);
    expect(frames.map((frame) => frame.timestamp)).toEqual([3000]);
    expect(depacketizer.counts.framesInError).toBe(1);
  });
});
