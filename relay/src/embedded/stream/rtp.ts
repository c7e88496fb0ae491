/** Length of an RTP header without extensions (RFC 3550 section 5.1). */
export const rtpHeaderBytes = 12;

/** The fields of an RTP packet that the relay uses. `payload` is a view of the packet. */
export type RtpPacket = {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
};

/** Reads an RTP packet (RFC 3550 section 5.1); null where it is cut short or not version 2. */
export function parseRtp(packet: Buffer): RtpPacket | null {
  if (packet.length < rtpHeaderBytes) {
    return null;
  }
  const first = packet.readUInt8(0);
  if (first >> 6 !== 2) {
    return null;
  }
  let start = rtpHeaderBytes + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (packet.length < start + 4) {
      return null;
    }
    start += 4 + packet.readUInt16BE(start + 2) * 4;
  }
  const padding = (first & 0x20) !== 0 ? packet.readUInt8(packet.length - 1) : 0;
  const end = packet.length - padding;
  if (end < start) {
    return null;
  }
  const second = packet.readUInt8(1);
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start, end),
  };
}

/** What goes into an RTP header. Numbers are cut to their field's width. */
export type RtpHeader = { marker: boolean; payloadType: number; sequence: number; timestamp: number; ssrc: number };

/** Writes a 12-byte RTP header at `offset` and returns the offset after it. */
export function writeRtpHeader(target: Buffer, offset: number, header: RtpHeader): number {
  target[offset] = 0x80;
  target[offset + 1] = (header.marker ? 0x80 : 0) | header.payloadType;
  target.writeUInt16BE(header.sequence & 0xffff, offset + 2);
  target.writeUInt32BE(header.timestamp >>> 0, offset + 4);
  target.writeUInt32BE(header.ssrc >>> 0, offset + 8);
  return offset + rtpHeaderBytes;
}

/** Turns 32-bit RTP timestamps into numbers that go on past the wrap: each step is the signed 32-bit difference. The first one is 0. */
export class TimestampUnwrapper {
  #last: number | null = null;
  #value = 0;

  /** The unwrapped time of `timestamp`. Small steps back stay steps back. */
  unwrap(timestamp: number): number {
    if (this.#last !== null) {
      this.#value += (timestamp - this.#last) | 0;
    }
    this.#last = timestamp;
    return this.#value;
  }
}
