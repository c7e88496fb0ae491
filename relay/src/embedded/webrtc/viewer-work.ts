import type { Clock } from "@helmcast/runtime";
import type { AccessUnit, LiveStream, OpusPacket, StreamReader } from "../stream/types.ts";
import type { Peer } from "./peer.ts";
import { isRtcp, readRtcp } from "./rtcp.ts";
import type { RtpFields } from "./rtp-packet.ts";
import { emptyCounts, type Session, type SessionCounts, type SessionWork } from "./session.ts";
import { type OutgoingTrack, ViewerSender } from "./viewer-sender.ts";

/** What a viewer's session is made of. */
export type ViewerParts = {
  readonly session: Session;
  readonly stream: LiveStream;
  readonly peer: Peer;
  readonly writeRtp: (fields: RtpFields, payload: Buffer) => Buffer | null;
  readonly clock: Clock;
  readonly video: OutgoingTrack | null;
  readonly audio: OutgoingTrack | null;
};

/**
 * More than this is not sent at once to a new viewer. On an 8 Mbit/s line it takes half a second, which is also the mean wait for the next
 * IDR with a GOP of 1 s: beyond it, waiting is the quicker way. (On loopback bursts of twice the size arrive whole in Chromium.)
 */
export const maxBurstBytes = 500_000;

/** Reads the stream for one viewer: from the POST on (so that the path's reader limit holds), sending from the moment the connection stands. */
export class ViewerWork implements SessionWork, StreamReader {
  readonly type = "webRTCSession";
  readonly id: string;
  readonly #parts: ViewerParts;
  readonly #sender: ViewerSender;
  readonly #leave: () => void;
  #inboundBytes = 0;
  #inboundRtcp = 0;

  /** @param parts the session, its stream and its connection. Throws AppError HC_EMBEDDED_READER_LIMIT. */
  constructor(parts: ViewerParts) {
    this.id = parts.session.origin.id;
    this.#parts = parts;
    this.#sender = new ViewerSender(parts);
    this.#leave = parts.stream.addReader(this);
  }

  onOpen(): string | null {
    const { stream } = this.#parts;
    if (stream.webrtcRefusal !== null) {
      return stream.webrtcRefusal;
    }
    const cached = stream.gop;
    const bytes = cached.reduce((sum, unit) => sum + unit.sizeBytes, 0);
    if (bytes <= maxBurstBytes) {
      stream.countOutbound(this.#sender.sendBurst(cached));
    }
    if (this.#sender.waitingForIdr) {
      stream.requestKeyFrame();
    }
    return null;
  }

  onVideo(unit: AccessUnit): void {
    const { session, stream } = this.#parts;
    if (!session.connected) {
      return;
    }
    if (stream.webrtcRefusal !== null) {
      session.close(stream.webrtcRefusal);
      return;
    }
    stream.countOutbound(this.#sender.sendVideo(unit));
  }

  onAudio(packet: OpusPacket): void {
    if (this.#parts.session.connected) {
      this.#parts.stream.countOutbound(this.#sender.sendAudio(packet));
    }
  }

  onTrackChange(): void {
    this.#sender.restartAtIdr();
  }

  onEnd(): void {
    this.#parts.session.close("the publisher has gone");
  }

  onPacket(_mid: string, packet: Buffer): void {
    this.#inboundBytes += packet.length;
    if (!isRtcp(packet)) {
      return;
    }
    this.#inboundRtcp += 1;
    const report = readRtcp(packet);
    if (report.nacked.length > 0) {
      this.#sender.resend(report.nacked);
    }
    if (report.keyFrameRequested) {
      this.#parts.stream.requestKeyFrame();
    }
  }

  onTick(): void {
    // A viewer needs no clock of its own: pictures drive everything.
  }

  onClose(): void {
    this.#leave();
  }

  counts(): SessionCounts {
    const { bytes, rtpPackets, rtcpPackets, framesDiscarded } = this.#sender.counts;
    return {
      ...emptyCounts,
      inboundBytes: this.#inboundBytes,
      inboundRTCPPackets: this.#inboundRtcp,
      outboundBytes: bytes,
      outboundRTPPackets: rtpPackets,
      outboundRTCPPackets: rtcpPackets,
      outboundFramesDiscarded: framesDiscarded,
    };
  }
}
