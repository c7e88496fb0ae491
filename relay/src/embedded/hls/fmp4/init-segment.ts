import type { AudioTrack, VideoTrack } from "../../stream/types.ts";
import { unityMatrix, writeBox, writeBytes, writeFullBox, writeU16, writeU32 } from "./box.ts";

/** Ticks a second of video media time. */
export const videoTimescale = 90_000;

/** Ticks a second of audio media time; Opus is always timed at 48 kHz (RFC 7845 section 4). */
export const audioTimescale = 48_000;

/** Opus pre-skip, samples at 48 kHz: what libopus needs to settle. A live stream is joined in the middle, so nothing is cut off. */
const opusPreSkip = 0;

/** The initialisation segment of an H.264 track: one track, id 1, `avc1` with the parameter sets in `avcC` (ISO/IEC 14496-15 section 5.3.3). */
export function buildVideoInit(video: VideoTrack): Buffer {
  const entry = writeBox(
    "avc1",
    writeBytes(0, 0, 0, 0, 0, 0),
    writeU16(1, 0, 0),
    writeU32(0, 0, 0),
    writeU16(video.width, video.height),
    writeU32(0x480000, 0x480000, 0),
    writeU16(1),
    Buffer.alloc(32),
    writeU16(24, 0xffff),
    writeBox("avcC", buildAvcRecord(video)),
  );
  const header = writeFullBox("vmhd", 0, 1, writeU16(0, 0, 0, 0));
  const media = buildMedia({ timescale: videoTimescale, handler: "vide", handlerName: "VideoHandler", header, entry });
  return buildInit(buildTrack({ volume: 0, width: video.width, height: video.height, media }));
}

/** The initialisation segment of an Opus track: one track, id 1, `Opus` with `dOps` (Opus in ISOBMFF, section 4.3). */
export function buildAudioInit(audio: AudioTrack): Buffer {
  const settings = writeBox(
    "dOps",
    writeBytes(0, audio.channels),
    writeU16(opusPreSkip),
    writeU32(audioTimescale),
    writeU16(0),
    writeBytes(0),
  );
  const entry = writeBox(
    "Opus",
    writeBytes(0, 0, 0, 0, 0, 0),
    writeU16(1),
    writeU32(0, 0),
    writeU16(audio.channels, 16),
    writeU32(0),
    writeU32(audioTimescale * 0x10000),
    settings,
  );
  const header = writeFullBox("smhd", 0, 0, writeU16(0, 0));
  const media = buildMedia({ timescale: audioTimescale, handler: "soun", handlerName: "SoundHandler", header, entry });
  return buildInit(buildTrack({ volume: 0x100, width: 0, height: 0, media }));
}

/** AVCDecoderConfigurationRecord with 4-byte NAL lengths (ISO/IEC 14496-15 section 5.3.3.1). */
function buildAvcRecord(video: VideoTrack): Buffer {
  const profile = Buffer.from(video.profileLevelId, "hex");
  const sets = [writeBytes(0xe1), writeU16(video.sps.length), video.sps, writeBytes(1), writeU16(video.pps.length), video.pps];
  return Buffer.concat([writeBytes(1), profile, writeBytes(0xff), ...sets]);
}

function buildInit(track: Buffer): Buffer {
  const brands = Buffer.from("mp42\0\0\0\u0001mp41mp42isomhlsf", "latin1");
  const movieHeader = writeFullBox(
    "mvhd",
    0,
    0,
    writeU32(0, 0, 1000, 0, 0x10000),
    writeU16(0x100, 0),
    writeU32(0, 0),
    unityMatrix,
    Buffer.alloc(24),
    writeU32(0xffffffff),
  );
  const defaults = writeBox("mvex", writeFullBox("trex", 0, 0, writeU32(1, 1, 0, 0, 0)));
  return Buffer.concat([writeBox("ftyp", brands), writeBox("moov", movieHeader, track, defaults)]);
}

type TrackParts = { readonly volume: number; readonly width: number; readonly height: number; readonly media: Buffer };

function buildTrack(parts: TrackParts): Buffer {
  const header = writeFullBox(
    "tkhd",
    0,
    3,
    writeU32(0, 0, 1, 0, 0, 0, 0),
    writeU16(0, 0, parts.volume, 0),
    unityMatrix,
    writeU32(parts.width * 0x10000, parts.height * 0x10000),
  );
  return writeBox("trak", header, parts.media);
}

type MediaParts = {
  readonly timescale: number;
  readonly handler: "vide" | "soun";
  readonly handlerName: string;
  readonly header: Buffer;
  readonly entry: Buffer;
};

function buildMedia(parts: MediaParts): Buffer {
  const empty = writeU32(0);
  const tables = writeBox(
    "stbl",
    writeFullBox("stsd", 0, 0, writeU32(1), parts.entry),
    writeFullBox("stts", 0, 0, empty),
    writeFullBox("stsc", 0, 0, empty),
    writeFullBox("stsz", 0, 0, empty, empty),
    writeFullBox("stco", 0, 0, empty),
  );
  const dataHere = writeBox("dinf", writeFullBox("dref", 0, 0, writeU32(1), writeFullBox("url ", 0, 1)));
  return writeBox(
    "mdia",
    writeFullBox("mdhd", 0, 0, writeU32(0, 0, parts.timescale, 0), writeU16(0x55c4, 0)),
    writeFullBox(
      "hdlr",
      0,
      0,
      writeU32(0),
      Buffer.from(parts.handler, "latin1"),
      writeU32(0, 0, 0),
      Buffer.from(`${parts.handlerName}\0`, "latin1"),
    ),
    writeBox("minf", parts.header, dataHere, tables),
  );
}
