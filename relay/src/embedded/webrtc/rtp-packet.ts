import { rtpHeaderBytes, writeRtpHeader } from "../stream/rtp.ts";

/** What changes from packet to packet. */
export type RtpFields = {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
  /** Id of the playout-delay extension to send with a delay of 0, or null for no extension. */
  readonly playoutDelayId: number | null;
};

/** Largest packet: 1188 bytes of payload, 12 of header, 8 of extension, and room for a large Opus packet. */
const maxPacketBytes = 1500;
const extensionBytes = 8;

/**
 * Builds packets in one scratch buffer that is used again for each: the media path makes no garbage. The result is valid until the
 * next call; null when the payload does not fit.
 */
export function createRtpWriter(): (fields: RtpFields, payload: Buffer) => Buffer | null {
  const scratch = Buffer.alloc(maxPacketBytes);
  // One view for each length that has occurred, since even a view is an object.
  const views = new Array<Buffer | undefined>(maxPacketBytes + 1);
  return (fields, payload) => {
    const offset = fields.playoutDelayId === null ? rtpHeaderBytes : rtpHeaderBytes + extensionBytes;
    const length = offset + payload.length;
    if (length > maxPacketBytes) {
      return null;
    }
    writeHeader(scratch, fields);
    payload.copy(scratch, offset);
    const view = views[length] ?? scratch.subarray(0, length);
    views[length] = view;
    return view;
  };
}

/** RFC 3550, section 5.1; the extension in RFC 8285's one-byte form: minimum and maximum delay, 12 bits each, in units of 10 ms. */
function writeHeader(target: Buffer, fields: RtpFields): void {
  const end = writeRtpHeader(target, 0, fields);
  if (fields.playoutDelayId !== null) {
    target[0] = 0x90;
    target.writeUInt32BE(0xbede0001, end);
    target.writeUInt32BE(((fields.playoutDelayId << 28) | (2 << 24)) >>> 0, end + 4);
  }
}
