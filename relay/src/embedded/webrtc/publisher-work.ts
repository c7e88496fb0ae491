import type { Clock } from "@helmcast/runtime";
import type { ReportPoint } from "../stream/av-align.ts";
import type { PublishDirectory, PublishRequest, StreamWriter } from "../stream/types.ts";
import { FirstSetsWatch } from "./first-sets.ts";
import type { Peer } from "./peer.ts";
import { ReorderBuffer } from "./reorder.ts";
import { isRtcp, readRtcp, writeNack, writePli, writeReceiverReport, writeRemb } from "./rtcp.ts";
import { emptyCounts, type Session, type SessionCounts, type SessionWork } from "./session.ts";

/** One incoming track. */
export type IncomingTrack = { readonly mid: string; readonly kind: "video" | "audio"; readonly ssrc: number };

/** What a publisher's session is made of. */
export type PublisherParts = {
  readonly session: Session;
  readonly streams: PublishDirectory;
  readonly peer: Peer;
  readonly clock: Clock;
  readonly tracks: readonly IncomingTrack[];
  readonly opusChannels: 1 | 2;
  /** Longest wait for the tracks after the connection stands, ms (`webrtcTrackGatherTimeout`). */
  readonly gatherMs: number;
};

/** Time between requests for a key frame until the first picture has come, and between receiver reports. */
const pliEveryMs = 2000;
const reportEveryMs = 1000;
/** Bitrate that a publisher may use; browsers start at 300 kbit/s and climb to this as long as nothing is lost. */
const maxPublishBitsPerSecond = 6_000_000;

type Receiving = IncomingTrack & {
  readonly order: ReorderBuffer;
  sourceSsrc: number | null;
  reportedLost: number;
  reportedHighest: number;
  middleNtp: number;
  senderReportMs: number;
  /** The newest sender report, kept for a stream that is not published yet: it lines up sound and picture from the start. */
  point: ReportPoint | null;
};

/** Writes what one WHIP publisher sends into a stream, in order, asking again for what is missing. */
export class PublisherWork implements SessionWork {
  readonly #parts: PublisherParts;
  readonly #tracks: ReadonlyMap<string, Receiving>;
  readonly #firstSets = new FirstSetsWatch();
  #writer: StreamWriter | null = null;
  #openedMs = 0;
  #inboundBytes = 0;
  #inboundRtp = 0;
  #inboundRtcp = 0;
  #outboundRtcp = 0;
  #lastPliMs = Number.NEGATIVE_INFINITY;
  #lastReportMs = Number.NEGATIVE_INFINITY;

  /** @param parts the session, where it publishes and its connection */
  constructor(parts: PublisherParts) {
    this.#parts = parts;
    const fresh = { sourceSsrc: null, reportedLost: 0, reportedHighest: 0, middleNtp: 0, senderReportMs: 0, point: null };
    this.#tracks = new Map(parts.tracks.map((track) => [track.mid, { ...track, ...fresh, order: new ReorderBuffer() }]));
  }

  /** Sound alone is published at once. A picture is published with its first parameter sets: before them no reader can be told what comes. */
  onOpen(): string | null {
    this.#openedMs = this.#parts.clock.monotonicMs();
    return this.#parts.tracks.some((track) => track.kind === "video") ? null : this.#publish({ video: null, hasVideo: false });
  }

  onPacket(mid: string, packet: Buffer): void {
    this.#inboundBytes += packet.length;
    if (isRtcp(packet)) {
      this.#onRtcp(packet);
      return;
    }
    const track = this.#tracks.get(mid);
    if (track === undefined || packet.length < 12) {
      return;
    }
    this.#inboundRtp += 1;
    if (track.sourceSsrc === null) {
      track.sourceSsrc = packet.readUInt32BE(8);
      this.#sendPli();
    }
    const { ready, missing } = track.order.push(packet, this.#parts.clock.monotonicMs());
    if (missing.length > 0 && track.kind === "video") {
      this.#sendRtcp(track, writeNack(track.ssrc, track.sourceSsrc, missing));
    }
    for (const next of ready) {
      if (track.kind === "audio") {
        this.#writer?.writeAudioRtp(next);
      } else {
        this.#takeVideo(next);
      }
    }
  }

  onTick(nowMs: number): void {
    if (this.#writer === null && nowMs - this.#openedMs >= this.#parts.gatherMs) {
      this.#publishWhatCame();
    }
    // Until a picture has come, and after that only where a reader asks.
    const video = this.#writer?.stream.video ?? null;
    if (video === null && nowMs - this.#lastPliMs >= pliEveryMs) {
      this.#sendPli();
    }
    if (nowMs - this.#lastReportMs >= reportEveryMs) {
      this.#lastReportMs = nowMs;
      for (const track of this.#tracks.values()) {
        this.#sendReport(track, nowMs);
      }
    }
  }

  onClose(): void {
    this.#writer?.end();
    this.#writer = null;
  }

  counts(): SessionCounts {
    const lost = [...this.#tracks.values()].reduce((sum, track) => sum + track.order.lost, 0);
    return {
      ...emptyCounts,
      inboundBytes: this.#inboundBytes,
      inboundRTPPackets: this.#inboundRtp,
      inboundRTPPacketsLost: lost,
      inboundRTCPPackets: this.#inboundRtcp,
      outboundRTCPPackets: this.#outboundRtcp,
    };
  }

  /**
   * Writes a packet of the published stream. Before that it is kept until the first parameter sets are there: then the stream is published and
   * begins with the packets since those sets. A session that was refused takes nothing more of the same batch.
   */
  #takeVideo(packet: Buffer): void {
    const writer = this.#writer;
    if (writer !== null) {
      writer.writeVideoRtp(packet);
      return;
    }
    const first = this.#parts.session.connected ? this.#firstSets.push(packet) : null;
    if (first !== null) {
      this.#publishOrClose({ video: { sps: first.sps, pps: first.pps }, hasVideo: true });
      for (const held of first.packets) {
        this.#writer?.writeVideoRtp(held);
      }
    }
  }

  /** The wait is over, as in MediaMTX: the tracks that came are published, and where none came the session ends. */
  #publishWhatCame(): void {
    const came = [...this.#tracks.values()].filter((track) => track.sourceSsrc !== null);
    if (came.length === 0) {
      this.#parts.session.close("the publisher sent nothing");
      return;
    }
    this.#publishOrClose({ video: null, hasVideo: came.some((track) => track.kind === "video") });
  }

  #publishOrClose(video: Pick<PublishRequest, "video" | "hasVideo">): void {
    const refusal = this.#publish(video);
    if (refusal !== null) {
      this.#parts.session.close(refusal);
    }
  }

  /** Null once published, or why not. */
  #publish(video: Pick<PublishRequest, "video" | "hasVideo">): string | null {
    const { session, streams, tracks, opusChannels } = this.#parts;
    const hasAudio = tracks.some((track) => track.kind === "audio");
    try {
      this.#writer = streams.publish({
        ...video,
        path: session.origin.path,
        sourceType: "webRTCSession",
        sourceId: session.origin.id,
        audio: hasAudio ? { codec: "Opus", channels: opusChannels } : null,
        close: (reason) => session.close(reason),
        requestKeyFrame: () => this.#sendPli(),
      });
      for (const { kind, point } of this.#tracks.values()) {
        if (point !== null) {
          this.#writer.noteSenderReport?.(kind, point);
        }
      }
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "publishing was refused";
    }
  }

  #onRtcp(packet: Buffer): void {
    this.#inboundRtcp += 1;
    const { senderReport } = readRtcp(packet);
    for (const track of this.#tracks.values()) {
      if (senderReport !== null && senderReport.ssrc === track.sourceSsrc) {
        track.middleNtp = senderReport.middleNtp;
        track.senderReportMs = this.#parts.clock.monotonicMs();
        track.point = { ntpMs: senderReport.ntpMs, timestamp: senderReport.timestamp };
        this.#writer?.noteSenderReport?.(track.kind, track.point);
      }
    }
  }

  #sendPli(): void {
    this.#lastPliMs = this.#parts.clock.monotonicMs();
    for (const track of this.#tracks.values()) {
      if (track.kind === "video" && track.sourceSsrc !== null) {
        this.#sendRtcp(track, writePli(track.ssrc, track.sourceSsrc));
      }
    }
  }

  #sendReport(track: Receiving, nowMs: number): void {
    if (track.sourceSsrc === null) {
      return;
    }
    const { extendedHighest, lost } = track.order;
    const expected = Math.max(1, extendedHighest - track.reportedHighest);
    const report = writeReceiverReport({
      ssrc: track.ssrc,
      sourceSsrc: track.sourceSsrc,
      fractionLost: track.reportedHighest === 0 ? 0 : (lost - track.reportedLost) / expected,
      lost,
      highestSequence: extendedHighest,
      lastSenderReport: track.middleNtp,
      sinceSenderReportMs: nowMs - track.senderReportMs,
    });
    track.reportedHighest = extendedHighest;
    track.reportedLost = lost;
    this.#sendRtcp(track, report);
    if (track.kind === "video") {
      // A REMB on its own is no compound packet; the answer allows reduced-size RTCP (RFC 5506).
      this.#sendRtcp(track, writeRemb(track.ssrc, track.sourceSsrc, maxPublishBitsPerSecond));
    }
  }

  #sendRtcp(track: IncomingTrack, packet: Buffer): void {
    if (this.#parts.peer.send(track.mid, packet)) {
      this.#outboundRtcp += 1;
    }
  }
}
