import type { VideoTrack } from "../stream/types.ts";
import { BitReader, removeEmulationPrevention } from "./bit-reader.ts";
import { nalType, readNalType } from "./nal.ts";
import { maxParameterSetBytes, parseSps } from "./sps.ts";

/** Most picture parameter sets remembered; encoders use one to four. */
const maxPps = 16;

/** Makes the track that an SPS and a PPS describe. Throws AppError HC_EMBEDDED_SPS. */
export function describeVideo(sps: Buffer, pps: Buffer): VideoTrack {
  const { width, height, profileLevelId, fps } = parseSps(sps);
  return { codec: "H264", sps, pps, width, height, profileLevelId, fps };
}

/** The newest SPS and PPSs of a stream, from its SDP and then from the stream itself. */
export class ParameterSets {
  #sps: Buffer | null;
  readonly #ppsById = new Map<number, Buffer>();
  #changed = false;

  /** @param initial what the publisher's SDP said, or null; it is no change, because it is known already */
  constructor(initial: { readonly sps: Buffer; readonly pps: Buffer } | null) {
    this.#sps = initial?.sps ?? null;
    if (initial !== null) {
      this.#ppsById.set(readPpsId(initial.pps) ?? 0, initial.pps);
    }
  }

  /** Remembers a NAL unit if it is a parameter set. Oversize and unreadable ones are passed over. */
  take(nal: Buffer): void {
    const type = readNalType(nal);
    if (nal.length > maxParameterSetBytes) {
      return;
    }
    if (type === nalType.sps && this.#sps?.equals(nal) !== true) {
      this.#sps = Buffer.from(nal);
      this.#ppsById.clear();
      this.#changed = true;
    } else if (type === nalType.pps) {
      this.#takePps(nal);
    }
  }

  /** SPS, then every PPS, as they go before an IDR; null while one is missing. */
  list(): readonly Buffer[] | null {
    return this.#sps === null || this.#ppsById.size === 0 ? null : [this.#sps, ...this.#ppsById.values()];
  }

  /** The track, once after each change; null where nothing changed or something is missing. Throws AppError HC_EMBEDDED_SPS. */
  takeChange(): VideoTrack | null {
    const [pps] = this.#ppsById.values();
    if (!this.#changed || this.#sps === null || pps === undefined) {
      return null;
    }
    const track = describeVideo(this.#sps, pps);
    this.#changed = false;
    return track;
  }

  #takePps(nal: Buffer): void {
    const id = readPpsId(nal);
    if (id === null || this.#ppsById.get(id)?.equals(nal) === true || (this.#ppsById.size >= maxPps && !this.#ppsById.has(id))) {
      return;
    }
    this.#ppsById.set(id, Buffer.from(nal));
    this.#changed = true;
  }
}

/** pic_parameter_set_id (ITU-T H.264 section 7.3.2.2); null where it is not readable or out of range. */
function readPpsId(nal: Buffer): number | null {
  try {
    const id = new BitReader(removeEmulationPrevention(nal, 8).subarray(1)).readUnsigned();
    return id <= 255 ? id : null;
  } catch {
    return null;
  }
}
