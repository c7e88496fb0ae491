import { execFileSync } from "node:child_process";
import { nalType, readNalType } from "../../h264/nal.ts";
import { packetizeH264 } from "../../h264/packetize.ts";
import { rtpHeaderBytes, writeRtpHeader } from "../../stream/rtp.ts";

/** One encoded picture for tests: its presentation time and its NAL units without delimiters. */
export type SamplePicture = { readonly ptsTicks: number; readonly idr: boolean; readonly nals: readonly Buffer[] };

/** What to encode. */
export type SampleOptions = {
  readonly seconds: number;
  readonly fps: number;
  readonly gop: number;
  readonly bFrames?: number;
  readonly size?: string;
};

/** Encodes a test picture with ffmpeg's x264, parameter sets before every IDR, in decoding order. */
export function encodePictures(options: SampleOptions): SamplePicture[] {
  const { seconds, fps, gop, bFrames = 0, size = "320x180" } = options;
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`, "-pix_fmt", "yuv420p"];
  const gops = ["-g", String(gop), "-keyint_min", String(gop), "-sc_threshold", "0", "-bf", String(bFrames), "-b_strategy", "0"];
  const coder = ["-c:v", "libx264", "-preset", "ultrafast", ...gops, "-x264-params", "aud=1:repeat-headers=1:scenecut=0"];
  const input = ["-nostdin", "-hide_banner", "-loglevel", "error", ...source, ...coder];
  const stream = execFileSync("ffmpeg", [...input, "-f", "h264", "-"], { maxBuffer: 64e6 });
  const units = splitUnits(stream);
  return units.map((nals, index) => {
    const idr = nals.some((nal) => readNalType(nal) === nalType.idr);
    return { ptsTicks: (90_000 / fps) * showAt(index, gop, bFrames, units.length), idr, nals };
  });
}

/** Place on the screen of picture `index`: x264 without a pyramid sends P, then the `bFrames` that are shown before it; a GOP ends with a P. */
function showAt(index: number, gop: number, bFrames: number, count: number): number {
  const inGop = index % gop;
  if (inGop === 0 || bFrames === 0) {
    return index;
  }
  const start = index - inGop;
  const last = Math.min(gop, count - start) - 1;
  const group = Math.floor((inGop - 1) / (bFrames + 1));
  const first = group * (bFrames + 1) + 1;
  const anchor = Math.min(first + bFrames, last);
  return start + (inGop === first ? anchor : inGop - 1);
}

function splitUnits(stream: Buffer): Buffer[][] {
  const units: Buffer[][] = [];
  for (const nal of splitNals(stream)) {
    if (readNalType(nal) === nalType.aud) {
      units.push([]);
    } else {
      units.at(-1)?.push(nal);
    }
  }
  return units;
}

function splitNals(stream: Buffer): Buffer[] {
  const code = Buffer.from([0, 0, 1]);
  const starts: number[] = [];
  for (let at = stream.indexOf(code); at >= 0; at = stream.indexOf(code, at + 3)) {
    starts.push(at + 3);
  }
  return starts.map((start, index) => {
    let end = (starts[index + 1] ?? stream.length + 3) - 3;
    while (end > start && stream[end - 1] === 0) {
      end -= 1;
    }
    return stream.subarray(start, end);
  });
}

/** Encodes a tone with ffmpeg's libopus and takes the 20 ms packets out of the Ogg pages (one packet a page, RFC 3533 section 6). */
export function encodeOpus(seconds: number): Buffer[] {
  const source = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
  const coder = ["-c:a", "libopus", "-b:a", "48k", "-page_duration", "1", "-f", "opus", "-"];
  const pages = execFileSync("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", ...source, ...coder], { maxBuffer: 16e6 });
  const packets: Buffer[] = [];
  for (let at = 0; at + 27 <= pages.length; ) {
    const laces = pages.subarray(at + 27, at + 27 + pages.readUInt8(at + 26));
    const bytes = laces.reduce((sum, lace) => sum + lace, 0);
    const body = at + 27 + laces.length;
    packets.push(pages.subarray(body, body + bytes));
    at = body + bytes;
  }
  return packets.slice(2);
}

/** Packs pictures and sounds as RTP. */
export class RtpPacker {
  #sequence = 0;

  /** The packets of one picture. */
  packPicture(picture: SamplePicture): Buffer[] {
    const payloads = packetizeH264(picture.nals);
    return payloads.map((payload, index) => this.#pack(payload, picture.ptsTicks, index === payloads.length - 1));
  }

  /** The packet of one sound. */
  packSound(payload: Buffer, ticks: number): Buffer {
    return this.#pack(payload, ticks, true);
  }

  #pack(payload: Buffer, timestamp: number, marker: boolean): Buffer {
    const packet = Buffer.allocUnsafe(rtpHeaderBytes + payload.length);
    writeRtpHeader(packet, 0, { marker, payloadType: 96, sequence: this.#sequence++, timestamp, ssrc: 1 });
    payload.copy(packet, rtpHeaderBytes);
    return packet;
  }
}
