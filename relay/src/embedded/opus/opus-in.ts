import { parseRtp, TimestampUnwrapper } from "../stream/rtp.ts";

/** Largest Opus packet: 120 ms at the highest rate (RFC 6716 section 3.4) stays under it. */
const maxOpusBytes = 1275 * 6;

/** Opus off RTP: one packet is one payload (RFC 7587 section 4.2). */
export class OpusDepacketizer {
  readonly #clock = new TimestampUnwrapper();

  /** The payload and its time on the 48 kHz clock, 0 at the first packet; null for what is not a usable packet. */
  push(packet: Buffer): { readonly time48k: number; readonly timestamp: number; readonly payload: Buffer } | null {
    const rtp = parseRtp(packet);
    if (rtp === null || rtp.payload.length === 0 || rtp.payload.length > maxOpusBytes) {
      return null;
    }
    return { time48k: this.#clock.unwrap(rtp.timestamp), timestamp: rtp.timestamp, payload: Buffer.from(rtp.payload) };
  }
}
