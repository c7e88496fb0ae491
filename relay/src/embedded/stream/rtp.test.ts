import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRtp, TimestampUnwrapper, writeRtpHeader } from "./rtp.ts";

describe("parseRtp", () => {
  it("reads what writeRtpHeader writes", () => {
    const packet = Buffer.concat([Buffer.alloc(12), Buffer.from("abc")]);
    writeRtpHeader(packet, 0, { marker: true, payloadType: 96, sequence: 65_535, timestamp: 0xffff_ffff, ssrc: 0xdead_beef });
    expect(parseRtp(packet)).toEqual({
      marker: true,
      payloadType: 96,
      sequence: 65_535,
      timestamp: 0xffff_ffff,
      ssrc: 0xdead_beef,
      payload: Buffer.from("abc"),
    });
  });

  it("leaves CSRCs, extension and padding out of the payload", () => {
    const csrc = [0, 0, 0, 1];
    const extension = [0xbe, 0xde, 0, 1, 1, 2, 3, 4];
    const packet = Buffer.from([0xb1, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, ...csrc, ...extension, 9, 8, 7, 0, 2]);
    expect(parseRtp(packet)?.payload).toEqual(Buffer.from([9, 8, 7]));
  });

  it("says null or stays inside the packet, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => (parseRtp(Buffer.from(bytes))?.payload.length ?? 0) <= bytes.length),
    );
  });
});

describe("TimestampUnwrapper", () => {
  it("goes on past the wrap and steps back where the clock does", () => {
    const clock = new TimestampUnwrapper();
    expect([0xffff_ff00, 0x100, 0x80, 0x200].map((timestamp) => clock.unwrap(timestamp))).toEqual([0, 0x200, 0x180, 0x300]);
  });
});
