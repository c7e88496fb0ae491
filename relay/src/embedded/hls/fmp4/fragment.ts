/** One sample of a fragment. Times are in the track's own ticks. */
export type Sample = {
  readonly durationTicks: number;
  /** Presentation minus decoding time; 0 in streams without B-frames. */
  readonly compositionOffsetTicks: number;
  readonly sync: boolean;
  /** NAL units without start codes (`lengthPrefixed`), or the whole packet as one entry. */
  readonly chunks: readonly Buffer[];
};

/** What a fragment is made of. */
export type FragmentContent = {
  /** mfhd's sequence number: grows by one for each fragment of the track. */
  readonly sequence: number;
  readonly decodeTimeTicks: number;
  /** True puts a 4-byte length before each chunk, as `avc1` samples want. */
  readonly lengthPrefixed: boolean;
  readonly samples: readonly Sample[];
};

const moofHead = 8 + 16 + 8 + 16 + 20;
const trunHead = 20;
const sampleBytes = 16;

/** default-base-is-moof (ISO/IEC 14496-12 section 8.8.7). */
const tfhdFlags = 0x020000;

/** Data offset, sample duration, size, flags and composition offset are present (ISO/IEC 14496-12 section 8.8.8). */
const trunFlags = 0x000f01;

/** sample_depends_on = 2: needs no other picture. */
const syncFlags = 0x02000000;

/** sample_depends_on = 1 and sample_is_non_sync_sample. */
const otherFlags = 0x01010000;

/** A moof and mdat pair in one buffer, allocated once: this runs several times a second for each stream. */
export function buildFragment(content: FragmentContent): Buffer {
  const prefix = content.lengthPrefixed ? 4 : 0;
  const sizes = content.samples.map((sample) => sample.chunks.reduce((sum, chunk) => sum + chunk.length + prefix, 0));
  const moofBytes = moofHead + trunHead + content.samples.length * sampleBytes;
  const mdatBytes = 8 + sizes.reduce((sum, size) => sum + size, 0);
  const out = Buffer.allocUnsafe(moofBytes + mdatBytes);
  let at = writeHead(out, content, moofBytes);
  content.samples.forEach((sample, index) => {
    out.writeUInt32BE(sample.durationTicks, at);
    out.writeUInt32BE(sizes[index] ?? 0, at + 4);
    out.writeUInt32BE(sample.sync ? syncFlags : otherFlags, at + 8);
    out.writeInt32BE(sample.compositionOffsetTicks, at + 12);
    at += sampleBytes;
  });
  at = out.writeUInt32BE(mdatBytes, at);
  at += out.write("mdat", at, "latin1");
  for (const sample of content.samples) {
    for (const chunk of sample.chunks) {
      at = content.lengthPrefixed ? out.writeUInt32BE(chunk.length, at) : at;
      at += chunk.copy(out, at);
    }
  }
  return out;
}

function writeHead(out: Buffer, content: FragmentContent, moofBytes: number): number {
  const trunBytes = trunHead + content.samples.length * sampleBytes;
  let at = writeBoxHead(out, 0, moofBytes, "moof");
  at = writeBoxHead(out, at, 16, "mfhd");
  at = out.writeUInt32BE(0, at);
  at = out.writeUInt32BE(content.sequence >>> 0, at);
  at = writeBoxHead(out, at, 8 + 16 + 20 + trunBytes, "traf");
  at = writeBoxHead(out, at, 16, "tfhd");
  at = out.writeUInt32BE(tfhdFlags, at);
  at = out.writeUInt32BE(1, at);
  at = writeBoxHead(out, at, 20, "tfdt");
  at = out.writeUInt32BE(0x01000000, at);
  at = out.writeBigUInt64BE(BigInt(content.decodeTimeTicks), at);
  at = writeBoxHead(out, at, trunBytes, "trun");
  at = out.writeUInt32BE((0x01000000 | trunFlags) >>> 0, at);
  at = out.writeUInt32BE(content.samples.length, at);
  return out.writeUInt32BE(moofBytes + 8, at);
}

function writeBoxHead(out: Buffer, at: number, bytes: number, type: string): number {
  out.writeUInt32BE(bytes, at);
  out.write(type, at + 4, "latin1");
  return at + 8;
}
