/** Reads the bit fields of a NAL unit's payload, after the emulation prevention bytes are out. Throws RangeError past the end. */
export class BitReader {
  readonly #bytes: Buffer;
  #bit = 0;

  /** @param bytes the raw byte sequence payload */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** One bit. */
  readBit(): 0 | 1 {
    const byte = this.#bytes[this.#bit >> 3];
    if (byte === undefined) {
      throw new RangeError("the parameter set ends too early");
    }
    const bit = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return bit === 1 ? 1 : 0;
  }

  /** An unsigned number of `count` bits, 0 to 32. */
  readBits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      value = value * 2 + this.readBit();
    }
    return value;
  }

  /** ue(v), ITU-T H.264 section 9.1. */
  readUnsigned(): number {
    let zeros = 0;
    while (this.readBit() === 0) {
      zeros += 1;
      if (zeros > 32) {
        throw new RangeError("an Exp-Golomb number is longer than 32 bits");
      }
    }
    return 2 ** zeros - 1 + this.readBits(zeros);
  }

  /** se(v), ITU-T H.264 section 9.1.1. */
  readSigned(): number {
    const code = this.readUnsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -(code / 2);
  }
}

/** Takes the emulation prevention bytes out of the first `maxBytes` of a NAL unit (ITU-T H.264 section 7.3.1). The header byte stays. */
export function removeEmulationPrevention(nal: Buffer, maxBytes: number = nal.length): Buffer {
  const end = Math.min(nal.length, maxBytes);
  const clean = Buffer.allocUnsafe(end);
  let length = 0;
  let zeros = 0;
  for (let index = 0; index < end; index += 1) {
    const byte = nal[index] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    clean[length] = byte;
    length += 1;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return clean.subarray(0, length);
}
