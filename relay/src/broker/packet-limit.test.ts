import { describe, expect, it } from "vitest";
import { createPacketWatch, maxPacketBytes } from "./packet-limit.ts";

/** An MQTT packet of type 3 with this many bytes after its header. */
function packet(bytes: number): Buffer {
  const length: number[] = [];
  let rest = bytes;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bytes, 0xff)]);
}

describe("createPacketWatch", () => {
  it("lets packets up to the limit through, however they are cut", () => {
    const bytes = Buffer.concat([packet(0), packet(1), packet(200), packet(maxPacketBytes), packet(3)]);
    for (const step of [1, 7, 1000, bytes.length]) {
      const watch = createPacketWatch();
      for (let at = 0; at < bytes.length; at += step) {
        expect(watch.accept(bytes.subarray(at, at + step))).toBe(true);
      }
    }
  });

  it("refuses a packet when its header announces too much, before a byte of it came", () => {
    const header = packet(maxPacketBytes + 1).subarray(0, 4);
    expect(createPacketWatch().accept(header)).toBe(false);
    const slow = createPacketWatch();
    expect([...header].map((byte) => slow.accept(Buffer.from([byte])))).toContain(false);
  });

  it("refuses a length that never ends", () => {
    expect(createPacketWatch().accept(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  });
});
