import type { Clock, Log } from "@helmcast/runtime";
import { AccessUnitBuilder, bFrameSentence } from "../h264/access-unit-builder.ts";
import { H264Depacketizer, type H264Frame } from "../h264/depacketize.ts";
import { OpusDepacketizer } from "../opus/opus-in.ts";
import { audioOffsetMs, type FirstPacket, type ReportPoint } from "./av-align.ts";
import type { Broadcast, PathCounters } from "./live-stream.ts";
import { parseRtp } from "./rtp.ts";
import type { PublishRequest } from "./types.ts";

/** What an ingest needs around it. */
export type IngestOptions = {
  readonly request: PublishRequest;
  readonly broadcast: Broadcast;
  readonly counters: PathCounters;
  readonly clock: Clock;
  readonly log: Log;
};

/** RTP in, pictures and sound packets out to the broadcast, at the moment they are whole. */
export class StreamIngest {
  readonly #options: IngestOptions;
  readonly #depacketizer: H264Depacketizer;
  readonly #builder: AccessUnitBuilder;
  readonly #opus = new OpusDepacketizer();
  #firstPicture: FirstPacket | null = null;
  #audioOffset48k: number | null = null;
  #videoReport: ReportPoint | null = null;
  #audioReport: ReportPoint | null = null;
  #toldBadSets = false;

  /** @param options the publisher and where its stream goes */
  constructor(options: IngestOptions) {
    this.#options = options;
    this.#builder = new AccessUnitBuilder(options.broadcast.video);
    this.#depacketizer = new H264Depacketizer((frame) => this.#takeFrame(frame));
  }

  /** Takes one H.264 RTP packet; its memory is kept and changed. */
  writeVideo(packet: Buffer): void {
    const { counters } = this.#options;
    counters.inboundBytes += packet.length;
    const rtp = parseRtp(packet);
    if (rtp === null) {
      counters.framesInError += 1;
      return;
    }
    const before = this.#depacketizer.counts.framesInError;
    this.#depacketizer.push(rtp);
    counters.framesInError += this.#depacketizer.counts.framesInError - before;
  }

  /** Takes one Opus RTP packet. Sound before the first picture is dropped: it has no place on the picture's clock. */
  writeAudio(packet: Buffer): void {
    const { broadcast, counters, request, clock } = this.#options;
    counters.inboundBytes += packet.length;
    const sound = this.#opus.push(packet);
    if (sound === null) {
      counters.framesInError += 1;
      return;
    }
    if (request.hasVideo && this.#firstPicture === null) {
      return;
    }
    const arrivalWallMs = clock.wallMs();
    this.#audioOffset48k ??= this.#measureOffset48k({ timestamp: sound.timestamp, arrivalMs: clock.monotonicMs() }) - sound.time48k;
    const pts48k = sound.time48k + this.#audioOffset48k;
    if (pts48k >= 0) {
      broadcast.sendAudio({ pts48k, arrivalWallMs, payload: sound.payload });
    }
  }

  /** Takes what a sender report of the publisher says. */
  noteReport(track: "video" | "audio", point: ReportPoint): void {
    if (track === "video") {
      this.#videoReport = point;
    } else {
      this.#audioReport = point;
    }
  }

  #measureOffset48k(first: FirstPacket): number {
    if (this.#firstPicture === null) {
      return 0;
    }
    const offsetMs = audioOffsetMs({ first: this.#firstPicture, report: this.#videoReport }, { first, report: this.#audioReport });
    return Math.round(offsetMs * 48);
  }

  #takeFrame(frame: H264Frame): void {
    const { broadcast, clock, log, request } = this.#options;
    try {
      const built = this.#builder.build(frame, clock.wallMs());
      if (built === null) {
        return;
      }
      this.#firstPicture ??= { timestamp: frame.timestamp, arrivalMs: clock.monotonicMs() };
      if (this.#builder.hasBFrames && broadcast.webrtcRefusal === null) {
        broadcast.refuseWebrtc(bFrameSentence);
      }
      if (built.trackChange !== null) {
        broadcast.changeVideo(built.trackChange);
      }
      broadcast.sendVideo(built.unit);
    } catch (error) {
      if (!this.#toldBadSets) {
        this.#toldBadSets = true;
        log.warn({ err: error, path: request.path }, "the stream's parameter sets can't be used");
      }
    }
  }
}
