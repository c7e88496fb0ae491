import { BitReader, removeEmulationPrevention } from "./bit-reader.ts";

/** Bytes of a slice that surely hold first_mb_in_slice and slice_type (two Exp-Golomb numbers under 33 bits each). */
const sliceHeadBytes = 16;

/** True when a slice is predicted from later pictures too (slice_type 1 or 6: ITU-T H.264 table 7-6). False for what can't be read. */
export function isBSlice(nal: Buffer): boolean {
  try {
    const reader = new BitReader(removeEmulationPrevention(nal, sliceHeadBytes).subarray(1));
    reader.readUnsigned();
    return reader.readUnsigned() % 5 === 1;
  } catch {
    return false;
  }
}
