import type { Clock, Log } from "@helmcast/runtime";
import type { HlsSettings } from "../../settings/embedded-settings.ts";
import type { AccessUnit, LiveStream, OpusPacket, StreamReader, VideoTrack } from "../../stream/types.ts";
import { buildAudioInit, buildVideoInit, videoTimescale } from "../fmp4/init-segment.ts";
import { codecStrings } from "../playlist/codec-strings.ts";
import { writeMultivariantPlaylist } from "../playlist/multivariant-playlist.ts";
import type { ReloadQuery } from "../playlist/reload-query.ts";
import { AudioLine } from "./audio-line.ts";
import { Rendition, type RenditionFile, type SharedTargets } from "./rendition.ts";
import { readReorderDepth, VideoLine } from "./video-line.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** What a muxer needs. */
export type MuxerOptions = {
  readonly stream: LiveStream;
  readonly settings: HlsSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** UUID as a reader. */
  readonly id: string;
  /** 12 hex digits that begin the file names. */
  readonly prefix: string;
  /** Told once, when the muxer has ended: the publisher left, its parameters changed, or it can't be carried. */
  onEnd(reason: string): void;
};

/** What a request waits for. */
export type MuxerAnswer =
  | { readonly kind: "playlist"; readonly text: Buffer; readonly multivariant: boolean }
  | { readonly kind: "file"; readonly file: RenditionFile };

/** What can be asked of a muxer. */
export type MuxerQuestion =
  | { readonly kind: "index" }
  | { readonly kind: "playlist"; readonly rendition: Rendition; readonly query: Exclude<ReloadQuery, { kind: "bad" }> }
  | { readonly kind: "file"; readonly rendition: Rendition; readonly name: string };

const ticksPerMs = videoTimescale / 1000;

/** Frame duration to believe until the stream shows its own: 30 frames a second. */
const usualFrameTicks = videoTimescale / 30;

/** Pictures that stay away for longer have not just been dropped by a busy camera: 1 s. */
const outageTicks = videoTimescale;

/** Bytes in the window, in the largest segment allowed. Eight segments of that size would be 400 MB. */
const windowSegments = 2;

/** One stream in HLS: a reader of the stream that keeps the newest segments and answers questions about them. */
export class HlsMuxer implements StreamReader {
  readonly type = "hlsMuxer";
  readonly id: string;
  readonly waiting: WaitingRoom;
  readonly #options: MuxerOptions;
  #removeReader: (() => void) | null = null;
  #video: { readonly track: VideoTrack; readonly line: VideoLine; readonly rendition: Rendition } | null = null;
  #audio: { readonly line: AudioLine; readonly rendition: Rendition } | null = null;
  #partTargetTicks = 0;
  #targetDurationS = 1;
  #ended = false;

  /** @param options stream and surroundings */
  constructor(options: MuxerOptions) {
    this.#options = options;
    this.id = options.id;
    this.waiting = new WaitingRoom(options.clock);
  }

  /** Begins to read, first what the stream has kept since its newest IDR. Throws AppError HC_EMBEDDED_READER_LIMIT. */
  start(): void {
    const { stream } = this.#options;
    this.#removeReader = stream.addReader(this);
    for (const unit of stream.gop) {
      this.onVideo(unit);
    }
  }

  /** Ends the muxer; blocked requests get their failure. */
  end(reason: string): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#removeReader?.();
    this.waiting.close();
    this.#options.onEnd(reason);
  }

  onVideo(unit: AccessUnit): void {
    if (this.#ended || (this.#video === null && !this.#openLines(unit))) {
      return;
    }
    if (this.#video?.line.push(unit) === false) {
      this.end("the pictures are reordered further than the stream says; set the encoder to no B-frames");
      return;
    }
    const openBytes = (this.#video?.rendition.openBytes ?? 0) + (this.#video?.line.pendingBytes ?? 0);
    if (openBytes > this.#options.settings.segmentMaxBytes) {
      this.end("a segment passed hlsSegmentMaxSize; make the encoder's GOP shorter");
      return;
    }
    this.waiting.wake();
  }

  onAudio(packet: OpusPacket): void {
    if (!this.#ended && this.#audio !== null) {
      this.#audio.line.push(packet);
      this.waiting.wake();
    }
  }

  onTrackChange(): void {
    if (this.#video !== null) {
      this.end("the stream's parameters changed");
    }
  }

  onEnd(): void {
    this.end("the publisher left");
  }

  /** The rendition whose playlist or file has this name, null where there is none. */
  findRendition(name: string): Rendition | null {
    const renditions = [this.#video?.rendition, this.#audio?.rendition];
    return (
      renditions.find((rendition) => rendition !== undefined && (name === rendition.playlistName || rendition.find(name) !== null)) ?? null
    );
  }

  /** The answer to a question as far as it is known now; null means wait. */
  answer(question: MuxerQuestion): MuxerAnswer | null {
    const video = this.#video;
    if (video === null || !video.rendition.hasContent) {
      return null;
    }
    switch (question.kind) {
      case "index":
        return { kind: "playlist", text: this.#writeIndex(video.track, video.rendition), multivariant: true };
      case "playlist": {
        const { rendition, query } = question;
        const there = rendition.hasContent && (query.kind === "now" || rendition.hasPart(query.msn, query.part));
        return there ? { kind: "playlist", text: rendition.playlist(this.#targets(), query.delta), multivariant: false } : null;
      }
      case "file": {
        const file = question.rendition.find(question.name);
        return file === null || file === "soon" ? null : { kind: "file", file };
      }
    }
  }

  /** Longest time that a request is held back (RFC 8216bis section 6.2.5.2: three target durations), ms. Never under 15 s, for long GOPs. */
  get waitLimitMs(): number {
    return Math.max(15_000, 3000 * this.#targetDurationS);
  }

  #targets(): SharedTargets {
    return { targetDurationS: this.#targetDurationS, partTargetS: Math.ceil(this.#partTargetTicks / ticksPerMs) / 1000 };
  }

  #writeIndex(track: VideoTrack, rendition: Rendition): Buffer {
    const audio = this.#audio?.rendition ?? null;
    const text = writeMultivariantPlaylist({
      bandwidth: rendition.bandwidth.peak + (audio?.bandwidth.peak ?? 0),
      averageBandwidth: rendition.bandwidth.mean + (audio?.bandwidth.mean ?? 0),
      codecs: codecStrings(track, this.#options.stream.audio),
      width: track.width,
      height: track.height,
      fps: track.fps,
      videoUri: rendition.playlistName,
      audio: audio === null ? null : { uri: audio.playlistName, name: audio.id },
    });
    return Buffer.from(text);
  }

  #openLines(unit: AccessUnit): boolean {
    const { stream, settings } = this.#options;
    const track = stream.video;
    if (track === null || !unit.idr) {
      return false;
    }
    const rendition = this.#createRendition("video1", "video/mp4", buildVideoInit(track));
    const audio = stream.audio === null ? null : this.#createRendition("audio2", "audio/mp4", buildAudioInit(stream.audio));
    this.#audio = audio === null || stream.audio === null ? null : { line: new AudioLine(audio, stream.audio), rendition: audio };
    const line = new VideoLine({
      rendition,
      depth: readReorderDepth(track, stream.webrtcRefusal !== null),
      options: {
        partTicks: settings.partDurationMs * ticksPerMs,
        segmentTicks: settings.segmentDurationMs * ticksPerMs,
        firstFrameTicks: track.fps === null ? usualFrameTicks : Math.round(videoTimescale / track.fps),
        outageTicks,
        outage: audio === null ? "rebase" : "hole",
      },
      events: {
        segmentStarted: (startTicks, startWallMs) => this.#audio?.line.startSegment(startTicks, startWallMs),
        partTarget: (ticks) => this.#setPartTarget(ticks),
        segmentEnded: () => this.#followTarget(rendition),
      },
    });
    this.#video = { track, line, rendition };
    return true;
  }

  #createRendition(id: string, contentType: string, init: Buffer): Rendition {
    const { settings, prefix } = this.#options;
    const maxWindowBytes = windowSegments * settings.segmentMaxBytes;
    return new Rendition({ id, prefix, contentType, init, segmentCount: settings.segmentCount, maxWindowBytes });
  }

  #setPartTarget(ticks: number): void {
    const settled = this.#video?.rendition.hasContent === true;
    if (settled && ticks > this.#partTargetTicks) {
      this.#options.log.warn(
        { path: this.#options.stream.path },
        "the frame rate fell, so the HLS part target grew; Apple's players will stop",
      );
    }
    this.#partTargetTicks = settled ? Math.max(ticks, this.#partTargetTicks) : ticks;
    this.#audio?.line.setPartTarget(ticks);
  }

  #followTarget(rendition: Rendition): void {
    const longestS = Math.max(this.#targetDurationS, rendition.longestSegmentS);
    if (longestS > this.#targetDurationS && this.#targetDurationS > 1) {
      this.#options.log.warn(
        { path: this.#options.stream.path },
        "the GOP grew, so the HLS target duration grew; Apple's players will stop",
      );
    }
    this.#targetDurationS = longestS;
  }
}
