import { describe, expect, it } from "vitest";
import { maxPayloadBytes, packetizeH264 } from "./packetize.ts";

function nal(type: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes, 0x33);
  buffer[0] = 0x60 | type;
  return buffer;
}

describe("packetizeH264", () => {
  it("puts parameter sets and a small slice into one STAP-A", () => {
    const [only, ...more] = packetizeH264([nal(7, 20), nal(8, 4), nal(5, 300)]);
    expect(more).toEqual([]);
    expect(only?.[0]).toBe(0x60 | 24);
    expect(only?.readUInt16BE(1)).toBe(20);
  });

  it("cuts a long NAL unit into FU-As of even length, start and end marked, none over the bound", () => {
    const payloads = packetizeH264([nal(5, 5000)]);
    expect(payloads).toHaveLength(5);
    expect(payloads.every((payload) => payload.length <= maxPayloadBytes && payload[0] === (0x60 | 28))).toBe(true);
    expect(payloads.map((payload) => (payload[1] ?? 0) & 0xc0)).toEqual([0x80, 0, 0, 0, 0x40]);
    expect(Math.max(...payloads.map((payload) => payload.length)) - Math.min(...payloads.map((payload) => payload.length))).toBeLessThan(5);
  });

  it("sends a NAL unit that fits without copying it", () => {
    const one = nal(1, maxPayloadBytes);
    expect(packetizeH264([one])).toEqual([one]);
    expect(packetizeH264([one])[0]).toBe(one);
  });

  it("makes nothing of nothing", () => {
    expect(packetizeH264([])).toEqual([]);
  });
});
