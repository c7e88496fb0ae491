import type { BitReader } from "./bit-reader.ts";

/** What the relay takes from the video usability information (ITU-T H.264 annex E.1.1). */
export type Vui = { readonly fps: number | null; readonly maxReorderFrames: number | null };

/** aspect_ratio_idc that announces an explicit ratio. */
const extendedSar = 255;

/** Fastest frame rate that is believed; some cameras write a nonsense time scale. */
const maxFps = 480;

/** Reads vui_parameters() up to the bitstream restriction. A VUI that ends early keeps what was read: some encoders cut it short. */
export function readVui(reader: BitReader): Vui {
  let fps: number | null = null;
  try {
    skipDisplay(reader);
    fps = readTiming(reader);
    const nalHrd = skipHrd(reader);
    const vclHrd = skipHrd(reader);
    if (nalHrd || vclHrd) {
      reader.readBit();
    }
    reader.readBit();
    return { fps, maxReorderFrames: readReorder(reader) };
  } catch {
    return { fps, maxReorderFrames: null };
  }
}

function skipDisplay(reader: BitReader): void {
  if (reader.readBit() === 1 && reader.readBits(8) === extendedSar) {
    reader.readBits(32);
  }
  if (reader.readBit() === 1) {
    reader.readBit();
  }
  if (reader.readBit() === 1) {
    reader.readBits(4);
    if (reader.readBit() === 1) {
      reader.readBits(24);
    }
  }
  if (reader.readBit() === 1) {
    reader.readUnsigned();
    reader.readUnsigned();
  }
}

function readTiming(reader: BitReader): number | null {
  if (reader.readBit() === 0) {
    return null;
  }
  const unitsInTick = reader.readBits(32);
  const timeScale = reader.readBits(32);
  reader.readBit();
  const fps = timeScale / (2 * unitsInTick);
  return Number.isFinite(fps) && fps > 0 && fps <= maxFps ? fps : null;
}

function skipHrd(reader: BitReader): boolean {
  if (reader.readBit() === 0) {
    return false;
  }
  const count = reader.readUnsigned() + 1;
  if (count > 32) {
    throw new RangeError("cpb_cnt_minus1 is over 31");
  }
  reader.readBits(8);
  for (let index = 0; index < count; index += 1) {
    reader.readUnsigned();
    reader.readUnsigned();
    reader.readBit();
  }
  reader.readBits(20);
  return true;
}

function readReorder(reader: BitReader): number | null {
  if (reader.readBit() === 0) {
    return null;
  }
  reader.readBit();
  for (let index = 0; index < 4; index += 1) {
    reader.readUnsigned();
  }
  return reader.readUnsigned();
}
