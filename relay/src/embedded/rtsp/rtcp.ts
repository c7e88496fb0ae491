/** RTCP packet types (RFC 3550 section 12.1). */
const rtcpType = { senderReport: 200, receiverReport: 201 } as const;

/** Seconds from 1900, where NTP begins, to 1970. */
const ntpEpochS = 2_208_988_800;

/** What a sender report says (RFC 3550 section 6.4.1). */
export type SenderReport = { readonly ssrc: number; readonly ntpMs: number; readonly ntpMiddle: number; readonly timestamp: number };

/** Finds the first sender report of a compound packet; null where there is none. */
export function parseSenderReport(packet: Buffer): SenderReport | null {
  let offset = 0;
  while (offset + 4 <= packet.length) {
    const end = offset + 4 + packet.readUInt16BE(offset + 2) * 4;
    if (end > packet.length || packet.readUInt8(offset) >> 6 !== 2) {
      return null;
    }
    if (packet.readUInt8(offset + 1) === rtcpType.senderReport && end - offset >= 28) {
      const seconds = packet.readUInt32BE(offset + 8);
      const fraction = packet.readUInt32BE(offset + 12);
      return {
        ssrc: packet.readUInt32BE(offset + 4),
        ntpMs: (seconds - ntpEpochS) * 1000 + (fraction / 2 ** 32) * 1000,
        ntpMiddle: packet.readUInt32BE(offset + 10),
        timestamp: packet.readUInt32BE(offset + 16),
      };
    }
    offset = end;
  }
  return null;
}

/** What a sender report is made of. */
export type SenderReportFields = { ssrc: number; wallMs: number; timestamp: number; packets: number; bytes: number };

/** Writes a sender report without report blocks (RFC 3550 section 6.4.1). */
export function writeSenderReport(fields: SenderReportFields): Buffer {
  const packet = Buffer.alloc(28);
  packet[0] = 0x80;
  packet[1] = rtcpType.senderReport;
  packet.writeUInt16BE(6, 2);
  packet.writeUInt32BE(fields.ssrc >>> 0, 4);
  packet.writeUInt32BE((Math.floor(fields.wallMs / 1000) + ntpEpochS) >>> 0, 8);
  packet.writeUInt32BE(Math.floor(((fields.wallMs % 1000) / 1000) * 2 ** 32) >>> 0, 12);
  packet.writeUInt32BE(fields.timestamp >>> 0, 16);
  packet.writeUInt32BE(fields.packets >>> 0, 20);
  packet.writeUInt32BE(fields.bytes >>> 0, 24);
  return packet;
}

/** One report block (RFC 3550 section 6.4.1), numbers in the units of the wire. */
export type ReportBlock = {
  readonly ssrc: number;
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly jitter: number;
  readonly lastReport: number;
  readonly delaySinceLastReport: number;
};

/** Writes a receiver report with one block (RFC 3550 section 6.4.2). */
export function writeReceiverReport(ownSsrc: number, block: ReportBlock): Buffer {
  const packet = Buffer.alloc(32);
  packet[0] = 0x81;
  packet[1] = rtcpType.receiverReport;
  packet.writeUInt16BE(7, 2);
  packet.writeUInt32BE(ownSsrc >>> 0, 4);
  packet.writeUInt32BE(block.ssrc >>> 0, 8);
  packet[12] = block.fractionLost & 0xff;
  packet.writeUIntBE(Math.min(block.cumulativeLost, 0x7fffff), 13, 3);
  packet.writeUInt32BE(block.highestSequence >>> 0, 16);
  packet.writeUInt32BE(Math.floor(block.jitter) >>> 0, 20);
  packet.writeUInt32BE(block.lastReport >>> 0, 24);
  packet.writeUInt32BE(Math.floor(block.delaySinceLastReport) >>> 0, 28);
  return packet;
}
