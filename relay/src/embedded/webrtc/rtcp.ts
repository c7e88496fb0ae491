/** What a viewer or publisher said in one RTCP datagram. */
export type RtcpReport = {
  /** Sequence numbers that a viewer asks for again. */
  readonly nacked: readonly number[];
  /** True when a viewer asks for a key frame (PLI, or the older FIR). */
  readonly keyFrameRequested: boolean;
  readonly senderReport: SenderReportSeen | null;
};

/** A sender report of a publisher: `middleNtp` is what a receiver report's LSR repeats, the rest ties its wall clock to its RTP clock. */
export type SenderReportSeen = { readonly ssrc: number; readonly middleNtp: number; readonly ntpMs: number; readonly timestamp: number };

/** NTP counts from 1900, Unix from 1970. */
const ntpOffsetS = 2_208_988_800;
const types = { senderReport: 200, transportFeedback: 205, payloadFeedback: 206 } as const;
/** One NACK datagram asks for no more than this; a flood of requests must not become a flood of answers. */
const maxNacked = 256;

/** True for RTCP among the packets of a multiplexed port: the type byte is 192 to 223 (RFC 5761, section 4). */
export function isRtcp(packet: Buffer): boolean {
  const type = packet[1] ?? 0;
  return packet.length >= 4 && type >= 192 && type <= 223;
}

/** Reads a compound packet (RFC 3550 section 6, RFC 4585 section 6). Reading stops at the first malformed part. */
export function readRtcp(packet: Buffer): RtcpReport {
  const nacked: number[] = [];
  let keyFrameRequested = false;
  let senderReport: SenderReportSeen | null = null;
  for (let at = 0; at + 8 <= packet.length; ) {
    const length = (packet.readUInt16BE(at + 2) + 1) * 4;
    const part = packet.subarray(at, at + length);
    if (part.length < length || (packet[at] ?? 0) >> 6 !== 2) {
      break;
    }
    const kind = (part[0] ?? 0) & 0x1f;
    const type = part[1];
    if (type === types.transportFeedback && kind === 1) {
      readNack(part, nacked);
    } else if (type === types.payloadFeedback && (kind === 1 || kind === 4)) {
      keyFrameRequested = true;
    } else if (type === types.senderReport && length >= 28) {
      const ntpMs = (part.readUInt32BE(8) - ntpOffsetS) * 1000 + (part.readUInt32BE(12) / 2 ** 32) * 1000;
      senderReport = { ssrc: part.readUInt32BE(4), middleNtp: part.readUInt32BE(10), ntpMs, timestamp: part.readUInt32BE(16) };
    }
    at += length;
  }
  return { nacked, keyFrameRequested, senderReport };
}

function readNack(part: Buffer, into: number[]): void {
  for (let at = 12; at + 4 <= part.length; at += 4) {
    const first = part.readUInt16BE(at);
    const more = part.readUInt16BE(at + 2);
    for (let bit = -1; bit < 16; bit++) {
      if ((bit === -1 || (more >> bit) & 1) && into.length < maxNacked) {
        into.push((first + bit + 1) & 0xffff);
      }
    }
  }
}

/** What a sender report says (RFC 3550, section 6.4.1): the same instant on the wall clock and on the RTP clock, and how much was sent. */
export type SenderReport = {
  readonly ssrc: number;
  readonly wallMs: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly bytes: number;
};

/** Writes a sender report without report blocks. */
export function writeSenderReport(report: SenderReport): Buffer {
  const packet = Buffer.alloc(28);
  packet.writeUInt32BE(0x80c80006, 0);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE((Math.floor(report.wallMs / 1000) + ntpOffsetS) >>> 0, 8);
  packet.writeUInt32BE(Math.floor(((report.wallMs % 1000) / 1000) * 2 ** 32) >>> 0, 12);
  packet.writeUInt32BE(report.timestamp, 16);
  packet.writeUInt32BE(report.packets >>> 0, 20);
  packet.writeUInt32BE(report.bytes % 2 ** 32, 24);
  return packet;
}

/** What a receiver report says of one source (RFC 3550, section 6.4.2). */
export type ReceiverReport = {
  readonly ssrc: number;
  readonly sourceSsrc: number;
  /** Lost since the last report, 0 to 1. */
  readonly fractionLost: number;
  readonly lost: number;
  readonly highestSequence: number;
  /** Middle 32 bits of the newest sender report's NTP time; 0 before the first. */
  readonly lastSenderReport: number;
  /** Time since that report, ms. */
  readonly sinceSenderReportMs: number;
};

/** Writes a receiver report with one block. */
export function writeReceiverReport(report: ReceiverReport): Buffer {
  const packet = Buffer.alloc(32);
  packet.writeUInt32BE(0x81c90007, 0);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE(report.sourceSsrc, 8);
  packet.writeUInt8(Math.max(0, Math.min(255, Math.floor(report.fractionLost * 256))), 12);
  packet.writeUIntBE(Math.max(0, Math.min(0x7fffff, report.lost)), 13, 3);
  packet.writeUInt32BE(report.highestSequence >>> 0, 16);
  packet.writeUInt32BE(0, 20);
  packet.writeUInt32BE(report.lastSenderReport, 24);
  packet.writeUInt32BE(report.lastSenderReport === 0 ? 0 : Math.floor((report.sinceSenderReportMs / 1000) * 65_536) >>> 0, 28);
  return packet;
}

/** Writes a picture loss indication: please send a key frame (RFC 4585, section 6.3.1). */
export function writePli(ssrc: number, sourceSsrc: number): Buffer {
  const packet = Buffer.alloc(12);
  packet.writeUInt32BE(0x81ce0002, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.writeUInt32BE(sourceSsrc, 8);
  return packet;
}

/** Writes a generic NACK for up to 64 sequence numbers, one entry each (RFC 4585, section 6.2.1). */
export function writeNack(ssrc: number, sourceSsrc: number, sequences: readonly number[]): Buffer {
  const asked = sequences.slice(0, 64);
  const packet = Buffer.alloc(12 + asked.length * 4);
  packet.writeUInt32BE(0x81cd0000 + 2 + asked.length, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.writeUInt32BE(sourceSsrc, 8);
  for (const [index, sequence] of asked.entries()) {
    packet.writeUInt16BE(sequence, 12 + index * 4);
  }
  return packet;
}

/** Writes a receiver-estimated maximum bitrate (draft-alvestrand-rmcat-remb-03, section 2.2). Browsers send no more than this. */
export function writeRemb(ssrc: number, sourceSsrc: number, bitsPerSecond: number): Buffer {
  const packet = Buffer.alloc(24);
  const exponent = Math.max(0, Math.ceil(Math.log2(bitsPerSecond / 2 ** 18)));
  packet.writeUInt32BE(0x8fce0005, 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.write("REMB", 12, "latin1");
  packet.writeUInt32BE(((1 << 24) | (exponent << 18) | Math.floor(bitsPerSecond / 2 ** exponent)) >>> 0, 16);
  packet.writeUInt32BE(sourceSsrc, 20);
  return packet;
}
