import { randomInt } from "node:crypto";
import type { Clock } from "@helmcast/runtime";
import { interleavedHeaderBytes } from "../rtsp/message-parser.ts";
import { parseSenderReport, writeReceiverReport } from "../rtsp/rtcp.ts";
import type { ApiRtspSession } from "../stream/api-types.ts";
import type { StreamWriter } from "../stream/types.ts";
import type { AnnouncedTrack } from "./choose-tracks.ts";
import { ReceiveStats } from "./receive-stats.ts";

/** Time between receiver reports, ms (RFC 3550 section 6.2: 5 s). */
const reportEveryMs = 5000;

type Inbound = { readonly track: AnnouncedTrack; readonly rtpChannel: number; readonly rtcpChannel: number; readonly stats: ReceiveStats };

type Counts = Pick<
  ApiRtspSession,
  | "inboundBytes"
  | "inboundRTPPackets"
  | "inboundRTPPacketsLost"
  | "inboundRTPPacketsInError"
  | "inboundRTPPacketsJitter"
  | "inboundRTCPPackets"
  | "inboundRTCPPacketsInError"
  | "outboundBytes"
  | "outboundRTCPPackets"
>;

/** The tracks of one publisher by channel: counts what comes, sends it on, and reports back. */
export class InboundTracks {
  readonly #clock: Clock;
  readonly #send: (bytes: Buffer) => void;
  readonly #ssrc = randomInt(2 ** 32);
  readonly #inbound: Inbound[] = [];
  #nextReportMs: number | null = null;
  #bytes = 0;
  #packetsInError = 0;
  #rtcpPackets = 0;
  #rtcpPacketsInError = 0;
  #reportsSent = 0;
  #reportBytes = 0;

  /** @param options clock for the reports, and where they go */
  constructor(options: { readonly clock: Clock; readonly send: (bytes: Buffer) => void }) {
    this.#clock = options.clock;
    this.#send = options.send;
  }

  /** True once a track is set up. */
  get hasSetup(): boolean {
    return this.#inbound.length > 0;
  }

  /** True where this track is set up. */
  has(track: AnnouncedTrack): boolean {
    return this.#inbound.some((item) => item.track === track);
  }

  /** The lowest channel pair that is free. */
  nextChannel(): number {
    return Math.max(-1, ...this.#inbound.map((item) => Math.max(item.rtpChannel, item.rtcpChannel))) + 1;
  }

  /** Ties a track to its channels; false where one of them is taken. */
  add(track: AnnouncedTrack, channels: { readonly rtpChannel: number; readonly rtcpChannel: number }): boolean {
    const taken = new Set(this.#inbound.flatMap((item) => [item.rtpChannel, item.rtcpChannel]));
    if (taken.has(channels.rtpChannel) || taken.has(channels.rtcpChannel)) {
      return false;
    }
    this.#inbound.push({ track, ...channels, stats: new ReceiveStats(track.clockRate) });
    return true;
  }

  /** Takes one interleaved packet. Those of unknown channels and payload types are counted as errors and passed over. */
  take(channel: number, payload: Buffer, writer: StreamWriter): void {
    this.#bytes += payload.length;
    for (const item of this.#inbound) {
      if (item.rtpChannel === channel) {
        this.#takeRtp(item, payload, writer);
        return;
      }
      if (item.rtcpChannel === channel) {
        this.#takeRtcp(item, payload, writer);
        return;
      }
    }
    this.#packetsInError += 1;
  }

  /** What the control API shows of it. */
  counts(): Counts {
    const sum = (read: (stats: ReceiveStats) => number): number => this.#inbound.reduce((total, item) => total + read(item.stats), 0);
    return {
      inboundBytes: this.#bytes,
      inboundRTPPackets: sum((stats) => stats.packets),
      inboundRTPPacketsLost: sum((stats) => stats.lost),
      inboundRTPPacketsInError: this.#packetsInError,
      inboundRTPPacketsJitter: this.#inbound[0]?.stats.jitter ?? 0,
      inboundRTCPPackets: this.#rtcpPackets,
      inboundRTCPPacketsInError: this.#rtcpPacketsInError,
      outboundBytes: this.#reportBytes,
      outboundRTCPPackets: this.#reportsSent,
    };
  }

  #takeRtp(item: Inbound, packet: Buffer, writer: StreamWriter): void {
    const { kind, payloadType } = item.track;
    if (((packet[1] ?? 0) & 0x7f) !== payloadType) {
      this.#packetsInError += 1;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    item.stats.count(packet, nowMs);
    if (kind === "video") {
      writer.writeVideoRtp(packet);
    } else {
      writer.writeAudioRtp(packet);
    }
    this.#reportIfDue(nowMs);
  }

  #takeRtcp(item: Inbound, packet: Buffer, writer: StreamWriter): void {
    this.#rtcpPackets += 1;
    const report = parseSenderReport(packet);
    if (report === null) {
      this.#rtcpPacketsInError += packet.length < 8 ? 1 : 0;
      return;
    }
    item.stats.noteReport(report.ntpMiddle, this.#clock.monotonicMs());
    writer.noteSenderReport?.(item.track.kind, { ntpMs: report.ntpMs, timestamp: report.timestamp });
  }

  #reportIfDue(nowMs: number): void {
    this.#nextReportMs ??= nowMs + reportEveryMs;
    if (nowMs < this.#nextReportMs) {
      return;
    }
    this.#nextReportMs = nowMs + reportEveryMs;
    for (const item of this.#inbound) {
      const block = item.stats.takeReport(nowMs);
      if (block !== null) {
        const report = writeReceiverReport(this.#ssrc, block);
        const frame = Buffer.allocUnsafe(interleavedHeaderBytes + report.length);
        frame[0] = 0x24;
        frame[1] = item.rtcpChannel;
        frame.writeUInt16BE(report.length, 2);
        report.copy(frame, interleavedHeaderBytes);
        this.#send(frame);
        this.#reportsSent += 1;
        this.#reportBytes += report.length;
      }
    }
  }
}
