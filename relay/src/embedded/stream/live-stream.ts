import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { GopCache } from "./gop-cache.ts";
import type { AccessUnit, AudioTrack, LiveStream, OpusPacket, PublishRequest, StreamReader, VideoTrack } from "./types.ts";

/** Shortest time between two requests for an IDR: many viewers who join at once shall not fill the uplink with IDRs. */
const keyFrameRequestGapMs = 500;

/** Byte counts of a path; they go on from one publisher to the next. */
export type PathCounters = { inboundBytes: number; outboundBytes: number; framesInError: number };

/** What a stream needs from its path. */
export type BroadcastOptions = {
  readonly request: PublishRequest;
  /** The track as the publisher's SDP describes it, or null where the stream itself must tell. */
  readonly video: VideoTrack | null;
  readonly counters: PathCounters;
  /** Reader limit as the settings say at this moment; 0 means none. */
  readonly maxReaders: () => number;
  readonly clock: Clock;
  readonly log: Log;
};

/** One published stream and its readers. What a reader throws is the reader's end and nobody else's. */
export class Broadcast implements LiveStream {
  readonly path: string;
  readonly audio: AudioTrack | null;
  readonly #options: BroadcastOptions;
  readonly #readers = new Set<StreamReader>();
  readonly #gop = new GopCache();
  #video: VideoTrack | null;
  #webrtcRefusal: string | null = null;
  #lastKeyFrameRequestMs = Number.NEGATIVE_INFINITY;
  #ended = false;

  /** @param options the publisher and its surroundings */
  constructor(options: BroadcastOptions) {
    this.#options = options;
    this.path = options.request.path;
    this.audio = options.request.audio;
    this.#video = options.video;
  }

  get video(): VideoTrack | null {
    return this.#video;
  }

  get gop(): readonly AccessUnit[] {
    return this.#gop.list();
  }

  get webrtcRefusal(): string | null {
    return this.#webrtcRefusal;
  }

  /** The readers now. */
  get readers(): readonly StreamReader[] {
    return [...this.#readers];
  }

  /** Takes a reader in. Throws AppError HC_EMBEDDED_READER_LIMIT. A stream that has ended ends the reader at once. */
  addReader(reader: StreamReader): () => void {
    const limit = this.#options.maxReaders();
    if (limit > 0 && this.#readers.size >= limit) {
      throw new AppError("HC_EMBEDDED_READER_LIMIT", { detail: `The limit of '${this.path}' is ${limit}.` });
    }
    if (this.#ended) {
      this.#guard(reader, () => reader.onEnd());
      return () => undefined;
    }
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }

  countOutbound(bytes: number): void {
    this.#options.counters.outboundBytes += bytes;
  }

  requestKeyFrame(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#lastKeyFrameRequestMs >= keyFrameRequestGapMs) {
      this.#lastKeyFrameRequestMs = nowMs;
      this.#options.request.requestKeyFrame?.();
    }
  }

  /** Gives a picture to every reader. */
  sendVideo(unit: AccessUnit): void {
    this.#gop.push(unit);
    for (const reader of this.#readers) {
      this.#guard(reader, () => reader.onVideo(unit));
    }
  }

  /** Gives a sound packet to every reader. */
  sendAudio(packet: OpusPacket): void {
    for (const reader of this.#readers) {
      this.#guard(reader, () => reader.onAudio(packet));
    }
  }

  /** Sets the track; the next picture must be an IDR. */
  changeVideo(video: VideoTrack): void {
    this.#video = video;
    this.#gop.clear();
    for (const reader of this.#readers) {
      this.#guard(reader, () => reader.onTrackChange(video));
    }
  }

  /** Remembers, for good, why WebRTC can't carry this stream. */
  refuseWebrtc(sentence: string): void {
    if (this.#webrtcRefusal === null) {
      this.#webrtcRefusal = sentence;
      this.#options.log.warn({ path: this.path }, sentence);
    }
  }

  /** Lets every reader go. */
  end(): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#gop.clear();
    for (const reader of [...this.#readers]) {
      this.#readers.delete(reader);
      this.#guard(reader, () => reader.onEnd());
    }
  }

  #guard(reader: StreamReader, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.warn({ err: error, path: this.path, reader: reader.id }, "a reader failed and is let go");
      if (this.#readers.delete(reader)) {
        this.#guard(reader, () => reader.onEnd());
      }
    }
  }
}
