import { TimestampUnwrapper } from "../stream/rtp.ts";
import type { AccessUnit, VideoTrack } from "../stream/types.ts";
import { H264AccessUnit } from "./access-unit.ts";
import type { H264Frame } from "./depacketize.ts";
import { isSlice, nalType, readNalType } from "./nal.ts";
import { ParameterSets } from "./parameter-sets.ts";
import { isBSlice } from "./slice.ts";

/** Why a stream with B-frames can't be watched by WebRTC; the same is true of MediaMTX (MediaMTX contract, section 2). */
export const bFrameSentence =
  "This stream has B-frames, which WebRTC can't show. Switch them off in the encoder (x264: -bf 0 or -tune zerolatency); HLS and RTSP still work.";

/** A finished picture and what it says about the stream. */
export type BuiltUnit = {
  readonly unit: AccessUnit;
  /** Set where this picture, an IDR, brings new parameter sets. */
  readonly trackChange: VideoTrack | null;
};

/**
 * Makes access units of frames: parameter sets before every IDR, delimiters and filler out, timestamps unwrapped, B-frames noticed.
 * Starts at the first IDR whose parameter sets are known.
 */
export class AccessUnitBuilder {
  readonly #sets: ParameterSets;
  readonly #clock = new TimestampUnwrapper();
  #started = false;
  #newestPts = Number.NEGATIVE_INFINITY;
  #hasBFrames = false;

  /** @param initial the parameter sets of the publisher's SDP, or null */
  constructor(initial: { readonly sps: Buffer; readonly pps: Buffer } | null) {
    this.#sets = new ParameterSets(initial);
  }

  /** True once a B slice or a timestamp going back was seen. */
  get hasBFrames(): boolean {
    return this.#hasBFrames;
  }

  /** The frame as an access unit; null where it holds no picture or can't be decoded yet. Throws AppError HC_EMBEDDED_SPS. */
  build(frame: H264Frame, arrivalWallMs: number): BuiltUnit | null {
    let hasPicture = false;
    for (const nal of frame.nals) {
      this.#sets.take(nal);
      hasPicture ||= isSlice(readNalType(nal));
    }
    const sets = this.#sets.list();
    if (!hasPicture || sets === null || !(this.#started || frame.hasIdr)) {
      return null;
    }
    const trackChange = frame.hasIdr ? this.#sets.takeChange() : null;
    this.#started = true;
    const pts90k = this.#clock.unwrap(frame.timestamp);
    this.#noticeBFrames(frame.nals, pts90k);
    const nals = frame.hasIdr ? [...sets, ...frame.nals.filter(isKeptInIdr)] : frame.nals.filter(isKept);
    return { unit: new H264AccessUnit({ pts90k, arrivalWallMs, idr: frame.hasIdr, nals }), trackChange };
  }

  #noticeBFrames(nals: readonly Buffer[], pts90k: number): void {
    this.#hasBFrames ||= pts90k < this.#newestPts || nals.some((nal) => readNalType(nal) === nalType.slice && isBSlice(nal));
    this.#newestPts = Math.max(this.#newestPts, pts90k);
  }
}

function isKept(nal: Buffer): boolean {
  const type = readNalType(nal);
  return type !== nalType.aud && type !== nalType.filler && type !== nalType.endOfSequence && type !== nalType.endOfStream;
}

function isKeptInIdr(nal: Buffer): boolean {
  const type = readNalType(nal);
  return isKept(nal) && type !== nalType.sps && type !== nalType.pps;
}
