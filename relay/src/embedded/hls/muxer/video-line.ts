import { nalType, readNalType } from "../../h264/nal.ts";
import { parseSps } from "../../h264/sps.ts";
import type { AccessUnit, VideoTrack } from "../../stream/types.ts";
import { buildFragment, type Sample } from "../fmp4/fragment.ts";
import { videoTimescale } from "../fmp4/init-segment.ts";
import { predictDuration } from "../timing/cadence.ts";
import { type DecodeTimes, nextDecodeTime } from "../timing/decode-times.ts";
import { type CutterAction, type CutterOptions, type CutterState, cutFrame } from "../timing/video-cutter-machine.ts";
import type { Rendition } from "./rendition.ts";

/** Media time at the publisher's first picture, seconds: room for decoding times before presentation times, which may not be negative. */
export const startOffsetS = 10;

/** Depth for a stream that is known to have B-frames and does not say how deep they are reordered: x264's default pyramid needs 2. */
const guessedDepth = 4;

/** What the rest of the muxer hears of the video. */
export type VideoLineEvents = {
  /** A segment began at this decoding time. */
  segmentStarted(startTicks: number, startWallMs: number): void;
  /** The part target has changed. */
  partTarget(ticks: number): void;
  segmentEnded(): void;
};

type Picture = { readonly unit: AccessUnit; readonly ptsTicks: number; readonly writtenTicks: number };

/** Pictures that the stream shows in another order than it sends them in, from its SPS. */
export function readReorderDepth(video: VideoTrack, knownBFrames: boolean): number {
  const sps = parseSps(video.sps);
  const plain = sps.profileIdc === 66 || sps.picOrderCntType === 2;
  return plain ? 0 : (sps.maxReorderFrames ?? (knownBFrames ? guessedDepth : 0));
}

/** Turns access units into parts and segments of a rendition. */
export class VideoLine {
  readonly #rendition: Rendition;
  readonly #options: CutterOptions;
  readonly #depth: number;
  readonly #events: VideoLineEvents;
  #cutter: CutterState | null = null;
  #times: DecodeTimes | null = null;
  #pictures: Picture[] = [];
  #segmentWallMs = 0;

  /** @param parts where the parts go, how to cut, reorder depth, and who hears of it */
  constructor(parts: { rendition: Rendition; options: CutterOptions; depth: number; events: VideoLineEvents }) {
    this.#rendition = parts.rendition;
    this.#options = parts.options;
    this.#depth = parts.depth;
    this.#events = parts.events;
  }

  /** Bytes of pictures that are in no part yet. */
  get pendingBytes(): number {
    return this.#pictures.reduce((sum, picture) => sum + picture.unit.sizeBytes, 0);
  }

  /** Takes the next picture. False where it is reordered further than the stream's SPS says: then this line is of no use. */
  push(unit: AccessUnit): boolean {
    if (this.#cutter === null && !unit.idr) {
      return true;
    }
    const ptsTicks = unit.pts90k + startOffsetS * videoTimescale;
    const frameTicks = predictDuration(this.#cutter?.cadence ?? [], this.#options.firstFrameTicks);
    const time = nextDecodeTime(this.#times, ptsTicks, this.#depth, frameTicks);
    if (!time.ok) {
      return false;
    }
    this.#times = time.state;
    const step = cutFrame(this.#cutter, { dtsTicks: time.dtsTicks, idr: unit.idr }, this.#options);
    this.#cutter = step.state;
    for (const action of step.actions) {
      this.#act(action, unit, ptsTicks);
    }
    return true;
  }

  #act(action: CutterAction, unit: AccessUnit, ptsTicks: number): void {
    switch (action.kind) {
      case "part-target":
        this.#events.partTarget(action.ticks);
        return;
      case "start-segment":
        this.#segmentWallMs = unit.arrivalWallMs;
        this.#rendition.openSegment(this.#segmentWallMs);
        this.#events.segmentStarted(action.startTicks, this.#segmentWallMs);
        return;
      case "take-frame":
        this.#pictures.push({ unit, ptsTicks: ptsTicks - (this.#cutter?.removedTicks ?? 0), writtenTicks: action.writtenTicks });
        return;
      case "close-part":
        this.#closePart(action);
        return;
      case "end-segment":
        this.#rendition.endSegment(action.durationTicks / videoTimescale);
        this.#events.segmentEnded();
        return;
    }
  }

  #closePart(action: Extract<CutterAction, { kind: "close-part" }>): void {
    const samples = this.#pictures.map((picture, index) => this.#toSample(picture, action.durationsTicks[index] ?? 1));
    const durationTicks = action.durationsTicks.reduce((sum, ticks) => sum + ticks, 0);
    const data = buildFragment({
      sequence: this.#rendition.nextPart,
      decodeTimeTicks: action.startTicks,
      lengthPrefixed: true,
      samples,
    });
    this.#rendition.addPart({ data, durationS: durationTicks / videoTimescale, independent: action.independent });
    this.#pictures = [];
  }

  #toSample(picture: Picture, durationTicks: number): Sample {
    return {
      durationTicks,
      compositionOffsetTicks: this.#depth === 0 ? 0 : picture.ptsTicks - picture.writtenTicks,
      sync: picture.unit.idr,
      chunks: picture.unit.nals.filter(isSampleNal),
    };
  }
}

/** Parameter sets stand in the initialisation segment; `avc1` allows none in the samples (ISO/IEC 14496-15 section 5.3.2). */
function isSampleNal(nal: Buffer): boolean {
  const type = readNalType(nal);
  return type !== nalType.sps && type !== nalType.pps;
}
