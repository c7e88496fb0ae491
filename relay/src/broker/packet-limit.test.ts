import { FakeClock } from "@helmcast/runtime";
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
      const watch = createPacketWatch(new FakeClock(0));
      for (let at = 0; at < bytes.length; at += step) {
        expect(watch.accept(bytes.subarray(at, at + step))).toBe(true);
      }
    }
  });

  it("refuses a packet when its header announces too much, before a byte of it came", () => {
    const header = packet(maxPacketBytes + 1).subarray(0, 4);
    expect(createPacketWatch(new FakeClock(0)).accept(header)).toBe(false);
    const slow = createPacketWatch(new FakeClock(0));
    expect([...header].map((byte) => slow.accept(Buffer.from([byte])))).toContain(false);
  });

  it("refuses a flood of the smallest packets, and lets them through at a pace that any client keeps", async () => {
    const clock = new FakeClock(0);
    const ping = Buffer.from([0xc0, 0]);
    expect(createPacketWatch(clock).accept(Buffer.concat(Array.from({ length: 5000 }, () => ping)))).toBe(false);
    const watch = createPacketWatch(clock);
    for (let count = 0; count < 2000; count++) {
      expect(watch.accept(ping)).toBe(true);
      await clock.advance(4);
    }
  });

  it("refuses a length that never ends", () => {
    expect(createPacketWatch(new FakeClock(0)).accept(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false);
  });
});
