import type { Clock } from "@helmcast/runtime";
import type { AccessUnit, OpusPacket } from "../stream/types.ts";
import { compressTimestamps } from "./burst.ts";
import type { Peer } from "./peer.ts";
import { writeSenderReport } from "./rtcp.ts";
import type { RtpFields } from "./rtp-packet.ts";
import { SentPackets } from "./sent-packets.ts";

/** One outgoing track: numbers of this viewer only, random at the start (RFC 3550, section 5.1). */
export type OutgoingTrack = {
  readonly mid: string;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly playoutDelayId: number | null;
  readonly firstSequence: number;
  readonly timestampOffset: number;
};

/** What a sender works with. `writeRtp` may be shared by all viewers: each packet is copied by the peer before the next is written. */
export type SenderDeps = {
  readonly peer: Peer;
  readonly writeRtp: (fields: RtpFields, payload: Buffer) => Buffer | null;
  readonly clock: Clock;
  readonly video: OutgoingTrack | null;
  readonly audio: OutgoingTrack | null;
};

/** Counts for the control API. */
export type SenderCounts = { bytes: number; rtpPackets: number; rtcpPackets: number; framesDiscarded: number };

/** Time between sender reports of one viewer. */
const reportEveryMs = 1000;
/** Packets sent again per second at most: a viewer that asks for everything over and over gets no more than about 5 Mbit/s. */
const maxResendsPerSecond = 512;

/**
 * Sends one viewer its packets, each at the moment it is handed over: nothing is queued or paced here, so nothing can grow. What the
 * socket can't take is lost, and the viewer asks for it again.
 */
export class ViewerSender {
  readonly counts: SenderCounts = { bytes: 0, rtpPackets: 0, rtcpPackets: 0, framesDiscarded: 0 };
  readonly #deps: SenderDeps;
  readonly #sent = new SentPackets();
  /** Filled in anew for each packet, so that sending makes no objects. */
  readonly #fields: { -readonly [Name in keyof RtpFields]: RtpFields[Name] } = {
    payloadType: 0,
    ssrc: 0,
    marker: false,
    sequence: 0,
    timestamp: 0,
    playoutDelayId: null,
  };
  #videoSequence: number;
  #audioSequence: number;
  #videoBytes = 0;
  #videoPackets = 0;
  #waitingForIdr = true;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #resends = 0;
  #resendWindowMs = 0;

  /** @param deps the peer, the shared packet writer and the tracks */
  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#videoSequence = deps.video?.firstSequence ?? 0;
    this.#audioSequence = deps.audio?.firstSequence ?? 0;
  }

  /** True until the first IDR has gone out; pictures before it are of no use to the viewer. */
  get waitingForIdr(): boolean {
    return this.#waitingForIdr && this.#deps.video !== null;
  }

  /** Sends the cached pictures at once, their timestamps pressed together. Returns the bytes sent. */
  sendBurst(units: readonly AccessUnit[]): number {
    const timestamps = compressTimestamps(units.map((unit) => unit.pts90k));
    return units.reduce((sum, unit, index) => sum + this.#sendUnit(unit, timestamps[index] ?? unit.pts90k), 0);
  }

  /** Sends a live picture. Returns the bytes sent; 0 before the first IDR. */
  sendVideo(unit: AccessUnit): number {
    return this.#sendUnit(unit, unit.pts90k);
  }

  /** Sends one Opus packet. Returns the bytes sent. */
  sendAudio(packet: OpusPacket): number {
    const track = this.#deps.audio;
    if (track === null) {
      return 0;
    }
    const timestamp = (packet.pts48k + track.timestampOffset) >>> 0;
    const sent = this.#sendPacket(track, packet.payload, this.#audioSequence, timestamp, false, null);
    this.#audioSequence = (this.#audioSequence + 1) & 0xffff;
    return sent;
  }

  /** After a change of parameter sets: the next picture sent must be an IDR. */
  restartAtIdr(): void {
    this.#waitingForIdr = true;
  }

  /** Sends again what the viewer says it lost, built anew from the shared picture. The bytes must equal the first ones: the SRTP key stream does. */
  resend(sequences: readonly number[]): void {
    const track = this.#deps.video;
    const nowMs = this.#deps.clock.monotonicMs();
    if (track === null) {
      return;
    }
    if (nowMs - this.#resendWindowMs >= 1000) {
      this.#resendWindowMs = nowMs;
      this.#resends = 0;
    }
    for (const sequence of sequences) {
      const found = this.#sent.find(sequence);
      const payload = found?.unit.rtpPayloads[found.index];
      if (found !== null && payload !== undefined && this.#resends < maxResendsPerSecond) {
        this.#resends += 1;
        this.#sendPayload(track, found.unit, found.index, sequence, found.timestamp);
      }
    }
  }

  #sendUnit(unit: AccessUnit, pts90k: number): number {
    const track = this.#deps.video;
    if (track === null) {
      return 0;
    }
    if (this.#waitingForIdr && !unit.idr) {
      this.counts.framesDiscarded += 1;
      return 0;
    }
    this.#waitingForIdr = false;
    const timestamp = (pts90k + track.timestampOffset) >>> 0;
    let bytes = 0;
    for (let index = 0; index < unit.rtpPayloads.length; index++) {
      this.#sent.remember(this.#videoSequence, unit, index, timestamp);
      bytes += this.#sendPayload(track, unit, index, this.#videoSequence, timestamp);
      this.#videoSequence = (this.#videoSequence + 1) & 0xffff;
    }
    this.#videoPackets += unit.rtpPayloads.length;
    this.#videoBytes += bytes;
    this.#reportWhenDue(track, unit, timestamp);
    return bytes;
  }

  #sendPayload(track: OutgoingTrack, unit: AccessUnit, index: number, sequence: number, timestamp: number): number {
    const payload = unit.rtpPayloads[index];
    if (payload === undefined) {
      return 0;
    }
    // The browser keeps the last playout delay it was told, so key frames carry it and the rest saves the 8 bytes.
    const playoutDelayId = unit.idr ? track.playoutDelayId : null;
    return this.#sendPacket(track, payload, sequence, timestamp, index === unit.rtpPayloads.length - 1, playoutDelayId);
  }

  #sendPacket(
    track: OutgoingTrack,
    payload: Buffer,
    sequence: number,
    timestamp: number,
    marker: boolean,
    playoutDelayId: number | null,
  ): number {
    const fields = this.#fields;
    fields.payloadType = track.payloadType;
    fields.ssrc = track.ssrc;
    fields.marker = marker;
    fields.sequence = sequence;
    fields.timestamp = timestamp;
    fields.playoutDelayId = playoutDelayId;
    const packet = this.#deps.writeRtp(fields, payload);
    if (packet === null || !this.#deps.peer.send(track.mid, packet)) {
      return 0;
    }
    this.counts.rtpPackets += 1;
    this.counts.bytes += packet.length;
    return packet.length;
  }

  /**
   * Video only. Without a sender report for the sound, browsers do not hold the picture back to keep lips in step with it: with reports
   * for both, the measured delay crept from 50 to 107 ms in 14 s.
   */
  #reportWhenDue(track: OutgoingTrack, unit: AccessUnit, timestamp: number): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#lastReportMs < reportEveryMs) {
      return;
    }
    this.#lastReportMs = nowMs;
    const report = writeSenderReport({
      ssrc: track.ssrc,
      wallMs: unit.arrivalWallMs,
      timestamp,
      packets: this.#videoPackets,
      bytes: this.#videoBytes,
    });
    if (this.#deps.peer.send(track.mid, report)) {
      this.counts.rtcpPackets += 1;
    }
  }
}
