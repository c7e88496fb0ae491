/** One RTP packet taken apart (RFC 3550, section 5.1). */
export type RtpPacket = {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
  /** Length with its header. */
  readonly bytes: number;
};

/** Reads a packet; null for RTCP (RFC 5761, section 4) and anything else. */
export function readRtp(packet: Buffer): RtpPacket | null {
  const first = packet[0] ?? 0;
  const second = packet[1] ?? 0;
  if (packet.length < 12 || first >> 6 !== 2 || (second >= 192 && second <= 223)) {
    return null;
  }
  let start = 12 + 4 * (first & 15);
  if ((first & 16) !== 0) {
    start += 4 + 4 * packet.readUInt16BE(start + 2);
  }
  return {
    payloadType: second & 127,
    marker: second >= 128,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start),
    bytes: packet.length,
  };
}

/** A copy of a packet with another payload type and SSRC. */
export function relabelRtp(packet: Buffer, payloadType: number, ssrc: number): Buffer {
  const copy = Buffer.from(packet);
  copy[1] = ((copy[1] ?? 0) & 128) | payloadType;
  copy.writeUInt32BE(ssrc, 8);
  return copy;
}

/** One picture of an H.264 stream: types of its NAL units in order. 5 is an IDR, 7 and 8 are parameter sets. */
export type Picture = { readonly timestamp: number; readonly nalTypes: readonly number[] };

/** Groups H.264 packets (RFC 6184: single NAL, STAP-A, FU-A) into pictures. The last one may be incomplete. */
export function readPictures(packets: readonly RtpPacket[]): readonly Picture[] {
  const pictures = new Map<number, number[]>();
  for (const { timestamp, payload } of packets) {
    const types = pictures.get(timestamp) ?? [];
    pictures.set(timestamp, types);
    types.push(...readNalTypes(payload));
  }
  return [...pictures].map(([timestamp, nalTypes]) => ({ timestamp, nalTypes }));
}

function readNalTypes(payload: Buffer): number[] {
  const type = (payload[0] ?? 0) & 31;
  if (type === 28) {
    const header = payload[1] ?? 0;
    return (header & 128) !== 0 ? [header & 31] : [];
  }
  if (type !== 24) {
    return [type];
  }
  const types: number[] = [];
  for (let at = 1; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at)) {
    types.push((payload[at + 2] ?? 0) & 31);
  }
  return types;
}
