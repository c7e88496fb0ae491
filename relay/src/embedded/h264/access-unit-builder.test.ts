import { describe, expect, it } from "vitest";
import { testPps, testSps } from "../rtsp/test-support.ts";
import { AccessUnitBuilder } from "./access-unit-builder.ts";
import type { H264Frame } from "./depacketize.ts";
import { readNalType } from "./nal.ts";

const sets = { sps: testSps, pps: testPps };
const idr = Buffer.from([0x65, 0x88, 0x84, 0x00]);
const pSlice = Buffer.from([0x41, 0x9a, 0x00, 0x00]);
/** first_mb 0 is "1", slice_type 1 (B) is "010": 1010.... */
const bSlice = Buffer.from([0x01, 0b1010_0000, 0x00]);
const delimiter = Buffer.from([0x09, 0x10]);

function frame(timestamp: number, ...nals: Buffer[]): H264Frame {
  return { nals, timestamp, hasIdr: nals.some((nal) => readNalType(nal) === 5) };
}

function types(nals: readonly Buffer[] | undefined): number[] {
  return (nals ?? []).map(readNalType);
}

describe("AccessUnitBuilder", () => {
  it("puts the SDP's parameter sets before every IDR and takes delimiters out", () => {
    const builder = new AccessUnitBuilder(sets);
    const first = builder.build(frame(1000, delimiter, idr), 5);
    expect(types(first?.unit.nals)).toEqual([7, 8, 5]);
    expect(first?.unit).toMatchObject({ pts90k: 0, idr: true, arrivalWallMs: 5, sizeBytes: testSps.length + testPps.length + idr.length });
    expect(types(builder.build(frame(4000, delimiter, pSlice), 6)?.unit.nals)).toEqual([1]);
    expect(types(builder.build(frame(7000, idr), 7)?.unit.nals)).toEqual([7, 8, 5]);
  });

  it("waits for an IDR and for parameter sets", () => {
    const builder = new AccessUnitBuilder(null);
    expect(builder.build(frame(0, pSlice), 0)).toBeNull();
    expect(builder.build(frame(3000, idr), 0)).toBeNull();
    const built = builder.build(frame(6000, testSps, testPps, idr), 0);
    expect(built?.trackChange).toMatchObject({ width: 640, height: 360, profileLevelId: "42c01e" });
    expect(built?.unit.pts90k).toBe(0);
  });

  it("takes parameter sets that come in a packet of their own, and sends each once", () => {
    const builder = new AccessUnitBuilder(null);
    expect(builder.build(frame(0, testSps), 0)).toBeNull();
    expect(builder.build(frame(0, testPps), 0)).toBeNull();
    expect(types(builder.build(frame(0, testSps, testPps, idr), 0)?.unit.nals)).toEqual([7, 8, 5]);
  });

  it("lets new parameter sets in the stream win, and says so once, with the IDR", () => {
    const builder = new AccessUnitBuilder(sets);
    expect(builder.build(frame(0, testSps, testPps, idr), 0)?.trackChange).toBeNull();
    const other = Buffer.from(testSps);
    other[3] = 40;
    expect(builder.build(frame(3000, other, testPps, pSlice), 0)?.trackChange).toBeNull();
    const changed = builder.build(frame(6000, idr), 0);
    expect(changed?.trackChange?.profileLevelId).toBe("42c028");
    expect(changed?.unit.nals[0]).toEqual(other);
    expect(builder.build(frame(9000, idr), 0)?.trackChange).toBeNull();
  });

  it("unwraps the 32-bit clock", () => {
    const builder = new AccessUnitBuilder(sets);
    const pts = [0xffff_f000, 0xffff_fbb8, 0x770].map((timestamp) => builder.build(frame(timestamp, idr), 0)?.unit.pts90k);
    expect(pts).toEqual([0, 3000, 6000]);
  });

  it.each([
    ["a B slice", [frame(0, idr), frame(3000, bSlice)], true],
    ["a timestamp that goes back", [frame(0, idr), frame(9000, pSlice), frame(3000, pSlice)], true],
    ["P slices in order", [frame(0, idr), frame(3000, pSlice), frame(6000, pSlice)], false],
    ["several slices of one picture", [frame(0, idr), frame(3000, pSlice), frame(3000, pSlice)], false],
  ])("sees B-frames by %s: %s", (_name, frames, expected) => {
    const builder = new AccessUnitBuilder(sets);
    for (const item of frames) {
      builder.build(item, 0);
    }
    expect(builder.hasBFrames).toBe(expected);
  });

  it("makes the RTP payloads once for all readers", () => {
    const unit = new AccessUnitBuilder(sets).build(frame(0, idr), 0)?.unit;
    expect(unit?.rtpPayloads).toHaveLength(1);
    expect(unit?.rtpPayloads).toBe(unit?.rtpPayloads);
  });
});
