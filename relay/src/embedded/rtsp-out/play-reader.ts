import type { Log } from "@helmcast/runtime";
import type { RtspLink } from "../rtsp/rtsp-session.ts";
import type { AccessUnit, LiveStream, OpusPacket, StreamReader } from "../stream/types.ts";
import type { RtpSender } from "./rtp-sender.ts";

/** Most bytes that a reader may leave untaken before it is dropped: 20 s at 1.5 Mbit/s, and nobody watches a picture that old. */
export const maxBacklogBytes = 4 * 1024 * 1024;

/** Largest GOP that a reader gets at its start; with a larger one it waits for the next IDR. */
const maxBurstBytes = maxBacklogBytes / 2;

/** What a playing reader needs. */
export type PlayReaderOptions = {
  readonly id: string;
  readonly stream: LiveStream;
  readonly link: RtspLink;
  readonly video: RtpSender | null;
  readonly audio: RtpSender | null;
  readonly log: Log;
};

/** Puts one stream onto one RTSP connection, from an IDR on. A client that doesn't keep up is dropped, so nobody waits for it. */
export class PlayReader implements StreamReader {
  readonly type = "rtspSession";
  readonly id: string;
  readonly #options: PlayReaderOptions;
  #leave: () => void = () => undefined;
  #playing = false;
  #sawIdr = false;

  /** @param options stream, connection and the tracks that were set up */
  constructor(options: PlayReaderOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Takes its place among the stream's readers. Throws AppError HC_EMBEDDED_READER_LIMIT. */
  join(): void {
    this.#leave = this.#options.stream.addReader(this);
  }

  /** Begins to send: the pictures since the newest IDR at once, then the live ones. */
  start(): void {
    this.#playing = true;
    const { gop } = this.#options.stream;
    const bytes = gop.reduce((sum, unit) => sum + unit.sizeBytes, 0);
    for (const unit of bytes <= maxBurstBytes ? gop : []) {
      this.onVideo(unit);
    }
  }

  /** Stops and gives its place free. */
  stop(): void {
    this.#playing = false;
    this.#leave();
  }

  onVideo(unit: AccessUnit): void {
    const { video } = this.#options;
    if (!this.#playing || video === null || !(this.#sawIdr || unit.idr)) {
      return;
    }
    this.#sawIdr = true;
    this.#send(video.frame(unit.rtpPayloads, unit.pts90k, unit.arrivalWallMs));
  }

  onAudio(packet: OpusPacket): void {
    const { audio } = this.#options;
    if (this.#playing && audio !== null) {
      this.#send(audio.frame([packet.payload], packet.pts48k, packet.arrivalWallMs));
    }
  }

  onTrackChange(): void {
    this.#sawIdr = false;
  }

  onEnd(): void {
    this.#playing = false;
    this.#options.link.close("the publisher has gone");
  }

  #send(bytes: Buffer): void {
    const { link, log, stream } = this.#options;
    const backlogBytes = link.backlogBytes();
    if (backlogBytes > maxBacklogBytes) {
      this.stop();
      log.warn({ path: stream.path, remote: link.remoteAddr, backlogBytes }, "a reader is too slow and is dropped");
      link.close("too slow");
      return;
    }
    stream.countOutbound(bytes.length);
    link.send(bytes);
  }
}
