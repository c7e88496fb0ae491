/** An ISO base media file format box (ISO/IEC 14496-12 section 4.2): 32-bit size, four-letter type, contents. */
export function writeBox(type: string, ...contents: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(
    contents.reduce((sum, part) => sum + part.length, 8),
    0,
  );
  head.write(type, 4, "latin1");
  return Buffer.concat([head, ...contents]);
}

/** A box with version and flags before its contents. */
export function writeFullBox(type: string, version: number, flags: number, ...contents: readonly Buffer[]): Buffer {
  return writeBox(type, writeU32(((version << 24) | flags) >>> 0), ...contents);
}

/** Bytes as they are. */
export function writeBytes(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

/** Unsigned 16-bit numbers. */
export function writeU16(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2);
  });
  return bytes;
}

/** Unsigned 32-bit numbers. */
export function writeU32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, index * 4);
  });
  return bytes;
}

/** The unity matrix of mvhd and tkhd (ISO/IEC 14496-12 section 8.2.2). */
export const unityMatrix = writeU32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
