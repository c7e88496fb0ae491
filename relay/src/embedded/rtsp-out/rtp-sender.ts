import { interleavedHeaderBytes } from "../rtsp/message-parser.ts";
import { writeSenderReport } from "../rtsp/rtcp.ts";
import { rtpHeaderBytes, writeRtpHeader } from "../stream/rtp.ts";

/** Time between sender reports, ms. The first goes out with the first packet. */
const reportEveryMs = 5000;

/** How one track goes out. Start values are random (RFC 3550 section 5.1). */
export type RtpSenderOptions = {
  readonly payloadType: number;
  readonly rtpChannel: number;
  readonly rtcpChannel: number;
  readonly ssrc: number;
  readonly firstSequence: number;
  readonly timestampOffset: number;
};

/** Frames one track's payloads for one reader: RTP header, interleaved header, sender reports. */
export class RtpSender {
  readonly #options: RtpSenderOptions;
  #sequence: number;
  #packets = 0;
  #payloadBytes = 0;
  #bytes = 0;
  #reports = 0;
  #nextReportMs = Number.NEGATIVE_INFINITY;

  /** @param options channels and start values */
  constructor(options: RtpSenderOptions) {
    this.#options = options;
    this.#sequence = options.firstSequence;
  }

  /** RTP packets so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Bytes of RTP and RTCP so far, with the interleaved headers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** RTCP packets so far. */
  get reports(): number {
    return this.#reports;
  }

  /** The track's time as the RTP timestamp of this reader. */
  timestampOf(pts: number): number {
    return (pts + this.#options.timestampOffset) >>> 0;
  }

  /**
   * Payloads of one picture or sound packet in one piece of memory, ready for the socket; the last carries the marker.
   * @param pts time on the track's clock @param wallMs when it came in, for the sender reports
   */
  frame(payloads: readonly Buffer[], pts: number, wallMs: number): Buffer {
    const { rtpChannel, payloadType, ssrc } = this.#options;
    const report = this.#takeReport(pts, wallMs);
    const headerBytes = interleavedHeaderBytes + rtpHeaderBytes;
    const bytes = payloads.reduce((sum, payload) => sum + headerBytes + payload.length, report?.length ?? 0);
    const memory = Buffer.allocUnsafe(bytes);
    let offset = report?.copy(memory) ?? 0;
    const timestamp = this.timestampOf(pts);
    const last = payloads.length - 1;
    for (const [index, payload] of payloads.entries()) {
      memory[offset] = 0x24;
      memory[offset + 1] = rtpChannel;
      memory.writeUInt16BE(rtpHeaderBytes + payload.length, offset + 2);
      const header = { marker: index === last, payloadType, sequence: this.#sequence, timestamp, ssrc };
      offset = writeRtpHeader(memory, offset + interleavedHeaderBytes, header);
      offset += payload.copy(memory, offset);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#payloadBytes += payload.length;
    }
    this.#packets += payloads.length;
    this.#bytes += bytes;
    return memory;
  }

  #takeReport(pts: number, wallMs: number): Buffer | null {
    const clockWasSetBack = wallMs < this.#nextReportMs - reportEveryMs;
    if (wallMs < this.#nextReportMs && !clockWasSetBack) {
      return null;
    }
    this.#nextReportMs = wallMs + reportEveryMs;
    this.#reports += 1;
    const { ssrc, rtcpChannel } = this.#options;
    const report = writeSenderReport({ ssrc, wallMs, timestamp: this.timestampOf(pts), packets: this.#packets, bytes: this.#payloadBytes });
    const frame = Buffer.allocUnsafe(interleavedHeaderBytes + report.length);
    frame[0] = 0x24;
    frame[1] = rtcpChannel;
    frame.writeUInt16BE(report.length, 2);
    report.copy(frame, interleavedHeaderBytes);
    return frame;
  }
}
