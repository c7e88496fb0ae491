import { AppError } from "@helmcast/config";
import { BitReader, removeEmulationPrevention } from "./bit-reader.ts";
import { nalType, readNalType } from "./nal.ts";
import { readVui } from "./vui.ts";

/** What the relay needs to know of a sequence parameter set (ITU-T H.264 section 7.3.2.1.1). */
export type Sps = {
  readonly profileIdc: number;
  /** profile_idc, constraint flags, level_idc as six lower-case hex digits. */
  readonly profileLevelId: string;
  readonly width: number;
  readonly height: number;
  /** 0, 1 or 2; with 2 pictures come out in decoding order. */
  readonly picOrderCntType: number;
  /** False where pictures may be fields. */
  readonly frameMbsOnly: boolean;
  /** Frames per second; null where the stream does not say. */
  readonly fps: number | null;
  /** max_num_reorder_frames; null where the stream does not say. */
  readonly maxReorderFrames: number | null;
};

/** Longest SPS or PPS that is taken, bytes. Real ones stay under 100; with scaling lists under 500. */
export const maxParameterSetBytes = 1024;

/** Widest and highest picture that is believed, pixels (level 6.2 ends below this). */
const maxSidePixels = 16_384;

/** Profiles that carry the chroma_format_idc block (ITU-T H.264 section 7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Reads an SPS. Throws AppError HC_EMBEDDED_SPS for anything that is not one. */
export function parseSps(nal: Buffer): Sps {
  if (readNalType(nal) !== nalType.sps || nal.length < 4 || nal.length > maxParameterSetBytes) {
    throw new AppError("HC_EMBEDDED_SPS");
  }
  try {
    return readSps(removeEmulationPrevention(nal));
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("HC_EMBEDDED_SPS", { cause });
  }
}

function readSps(bytes: Buffer): Sps {
  const profileIdc = bytes.readUInt8(1);
  const reader = new BitReader(bytes.subarray(4));
  reader.readUnsigned();
  const chroma = highProfiles.has(profileIdc) ? readChroma(reader) : { format: 1, separateColourPlane: false };
  reader.readUnsigned();
  const picOrderCntType = reader.readUnsigned();
  skipPicOrder(reader, picOrderCntType);
  reader.readUnsigned();
  reader.readBit();
  const size = readSize(reader, chroma.separateColourPlane ? 0 : chroma.format);
  const vui = reader.readBit() === 1 ? readVui(reader) : { fps: null, maxReorderFrames: null };
  return {
    profileIdc,
    profileLevelId: bytes.toString("hex", 1, 4),
    width: size.width,
    height: size.height,
    picOrderCntType,
    frameMbsOnly: size.frameMbsOnly,
    fps: vui.fps,
    maxReorderFrames: vui.maxReorderFrames,
  };
}

function readChroma(reader: BitReader): { format: number; separateColourPlane: boolean } {
  const format = reader.readUnsigned();
  const separateColourPlane = format === 3 && reader.readBit() === 1;
  reader.readUnsigned();
  reader.readUnsigned();
  reader.readBit();
  if (reader.readBit() === 1) {
    for (let list = 0; list < (format === 3 ? 12 : 8); list += 1) {
      if (reader.readBit() === 1) {
        skipScalingList(reader, list < 6 ? 16 : 64);
      }
    }
  }
  return { format, separateColourPlane };
}

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) {
      next = (last + reader.readSigned() + 256) % 256;
    }
    last = next === 0 ? last : next;
  }
}

function skipPicOrder(reader: BitReader, type: number): void {
  if (type === 0) {
    reader.readUnsigned();
    return;
  }
  if (type !== 1) {
    return;
  }
  reader.readBit();
  reader.readSigned();
  reader.readSigned();
  const cycle = reader.readUnsigned();
  if (cycle > 255) {
    throw new RangeError("num_ref_frames_in_pic_order_cnt_cycle is over 255");
  }
  for (let index = 0; index < cycle; index += 1) {
    reader.readSigned();
  }
}

function readSize(reader: BitReader, chromaArrayType: number): { width: number; height: number; frameMbsOnly: boolean } {
  const widthMbs = reader.readUnsigned() + 1;
  const heightUnits = reader.readUnsigned() + 1;
  const frameMbsOnly = reader.readBit() === 1;
  if (!frameMbsOnly) {
    reader.readBit();
  }
  reader.readBit();
  const fieldFactor = frameMbsOnly ? 1 : 2;
  const cropX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
  const cropY = (chromaArrayType === 1 ? 2 : 1) * fieldFactor;
  const crop = reader.readBit() === 1 ? [0, 0, 0, 0].map(() => reader.readUnsigned()) : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const width = widthMbs * 16 - (left + right) * cropX;
  const height = heightUnits * 16 * fieldFactor - (top + bottom) * cropY;
  if (width < 1 || height < 1 || width > maxSidePixels || height > maxSidePixels) {
    throw new RangeError("the picture size is impossible");
  }
  return { width, height, frameMbsOnly };
}
