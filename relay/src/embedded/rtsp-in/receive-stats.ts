import type { ReportBlock } from "../rtsp/rtcp.ts";

/** Reception of one track, counted as RTCP wants it (RFC 3550, appendix A.1, A.3 and A.8). */
export class ReceiveStats {
  readonly #clockRate: number;
  #ssrc = 0;
  #packets = 0;
  #base = 0;
  #highest = 0;
  #jitter = 0;
  #lastTransit: number | null = null;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #report: { readonly ntpMiddle: number; readonly atMs: number } | null = null;

  /** @param clockRate ticks per second of the track's timestamps */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Packets so far. */
  get packets(): number {
    return this.#packets;
  }

  /** Packets missing so far; late and doubled ones can make up for lost ones. */
  get lost(): number {
    return this.#packets === 0 ? 0 : Math.max(0, this.#highest - this.#base + 1 - this.#packets);
  }

  /** Interarrival jitter, in ticks of the track's clock. */
  get jitter(): number {
    return this.#jitter;
  }

  /** Counts a packet by its header; anything shorter than a header is passed over. */
  count(packet: Buffer, nowMs: number): void {
    if (packet.length < 12) {
      return;
    }
    const sequence = packet.readUInt16BE(2);
    this.#ssrc = packet.readUInt32BE(8);
    if (this.#packets === 0) {
      this.#base = sequence;
      this.#highest = sequence;
    }
    this.#packets += 1;
    const step = (sequence - (this.#highest & 0xffff)) & 0xffff;
    this.#highest += step < 0x8000 ? step : 0;
    this.#countJitter(packet.readUInt32BE(4), nowMs);
  }

  /** Remembers when the publisher's newest sender report came. */
  noteReport(ntpMiddle: number, nowMs: number): void {
    this.#report = { ntpMiddle, atMs: nowMs };
  }

  /** The report block for the time since the last call; null before the first packet. */
  takeReport(nowMs: number): ReportBlock | null {
    if (this.#packets === 0) {
      return null;
    }
    const expected = this.#highest - this.#base + 1;
    const expectedSince = expected - this.#expectedBefore;
    const lostSince = expectedSince - (this.#packets - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#packets;
    return {
      ssrc: this.#ssrc,
      fractionLost: expectedSince <= 0 || lostSince <= 0 ? 0 : Math.min(255, Math.floor((lostSince * 256) / expectedSince)),
      cumulativeLost: this.lost,
      highestSequence: this.#highest,
      jitter: this.#jitter,
      lastReport: this.#report?.ntpMiddle ?? 0,
      delaySinceLastReport: this.#report === null ? 0 : ((nowMs - this.#report.atMs) / 1000) * 65_536,
    };
  }

  #countJitter(timestamp: number, nowMs: number): void {
    const transit = ((nowMs * this.#clockRate) / 1000 - timestamp) % 2 ** 32;
    if (this.#lastTransit !== null) {
      const change = Math.abs(Math.trunc(transit - this.#lastTransit) | 0);
      this.#jitter += (change - this.#jitter) / 16;
    }
    this.#lastTransit = transit;
  }
}
