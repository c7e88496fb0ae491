import { describe, expect, it } from "vitest";
import { parseRtp } from "../stream/rtp.ts";
import { createRtpWriter } from "./rtp-packet.ts";

const fields = { payloadType: 102, marker: true, sequence: 65_535, timestamp: 0xfffffffe, ssrc: 0xdeadbeef, playoutDelayId: null };

describe("createRtpWriter", () => {
  it("writes a header that reads back", () => {
    const packet = createRtpWriter()(fields, Buffer.from("payload"));
    const read = parseRtp(packet ?? Buffer.alloc(0));
    expect(read).toMatchObject({ payloadType: 102, marker: true, sequence: 65_535, timestamp: 0xfffffffe, ssrc: 0xdeadbeef });
    expect(read?.payload.toString()).toBe("payload");
  });

  it.each([1, 5, 14])("writes the playout delay 0 to 0 under id %i in the one-byte form", (playoutDelayId) => {
    const packet = createRtpWriter()({ ...fields, playoutDelayId }, Buffer.from("x"));
    expect(packet?.subarray(12, 20)).toEqual(Buffer.from([0xbe, 0xde, 0, 1, (playoutDelayId << 4) | 2, 0, 0, 0]));
    expect(parseRtp(packet ?? Buffer.alloc(0))?.payload.toString()).toBe("x");
  });

  it("uses the same memory again and makes no new view for a length it has seen", () => {
    const write = createRtpWriter();
    const first = write(fields, Buffer.from("aaaa"));
    const second = write(fields, Buffer.from("bbbb"));
    expect(second).toBe(first);
    expect(second?.subarray(12).toString()).toBe("bbbb");
  });

  it("refuses a payload that does not fit", () => {
    expect(createRtpWriter()(fields, Buffer.alloc(1500))).toBeNull();
  });
});
