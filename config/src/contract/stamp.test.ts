import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStamp, encodeStamp, parityGroup, stampGeometry, stampLayout, stampModuloMs, unwrapStamp } from "./stamp.ts";

const time = fc.integer({ min: 0, max: 2 ** 41 });

/** Brightness of each cell as a camera and an encoder might leave it. */
function paint(cells: readonly number[], black: number, white: number): number[] {
  return cells.map((cell) => (cell === 1 ? white : black));
}

describe("stamp", () => {
  it("reads back what was drawn, also in a dim or washed-out picture", () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 120 }), fc.integer({ min: 70, max: 135 }), (timeMs, black, range) => {
        expect(decodeStamp(paint(encodeStamp(timeMs), black, black + range))).toEqual({ ok: true, moduloMs: timeMs % stampModuloMs });
      }),
    );
  });

  it("reads through noise of a sixth of the range", () => {
    const noise = fc.array(fc.integer({ min: -35, max: 35 }), { minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(time, noise, (timeMs, offsets) => {
        const levels = paint(encodeStamp(timeMs), 20, 235).map((level, index) => level + (offsets[index] ?? 0));
        const reading = decodeStamp(levels);
        expect(reading.ok ? reading.moduloMs : timeMs % stampModuloMs).toBe(timeMs % stampModuloMs);
      }),
    );
  });

  it("notices every single wrong cell of time and parity", () => {
    const cells = encodeStamp(1_234_567);
    for (let cell = 2; cell < 28; cell++) {
      const flipped = cells.with(cell, 1 - (cells[cell] ?? 0));
      expect(decodeStamp(paint(flipped, 0, 255))).toEqual({ ok: false, reason: "parity" });
    }
  });

  it("tells a picture without a strip and an unclear cell", () => {
    expect(decodeStamp(new Array(32).fill(128))).toEqual({ ok: false, reason: "no-strip" });
    expect(decodeStamp(paint(encodeStamp(5), 255, 0))).toEqual({ ok: false, reason: "no-strip" });
    expect(decodeStamp([])).toEqual({ ok: false, reason: "no-strip" });
    expect(decodeStamp(paint(encodeStamp(5), 0, 255).with(10, 128))).toEqual({ ok: false, reason: "unclear" });
  });

  it("finds the full time when the clocks are within 35 minutes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 40, max: 2 ** 41 }), fc.integer({ min: -2_000_000, max: 2_000_000 }), (timeMs, skewMs) => {
        expect(unwrapStamp(timeMs % stampModuloMs, timeMs + skewMs)).toBe(timeMs);
      }),
    );
  });

  it("covers each time bit by exactly one parity cell", () => {
    const covered = [0, 1, 2, 3].flatMap((index) => parityGroup(index));
    expect(covered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: stampLayout.timeBits }, (_, bit) => bit));
  });

  it.each([
    [1280, 720, { x: 0, y: 704, cellWidth: 40, height: 16 }],
    [640, 360, { x: 0, y: 352, cellWidth: 20, height: 8 }],
    [320, 180, { x: 0, y: 172, cellWidth: 10, height: 8 }],
    [1920, 1080, { x: 0, y: 1056, cellWidth: 60, height: 24 }],
  ])("lies at the bottom edge of %ix%i, on even pixels", (width, height, geometry) => {
    expect(stampGeometry(width, height)).toEqual(geometry);
  });
});
