import type { RtpPacket } from "../stream/rtp.ts";
import { isSlice, nalType, readNalType } from "./nal.ts";

/** One picture as it came off the wire: NAL units in one piece of memory of their own. */
export type H264Frame = { readonly nals: readonly Buffer[]; readonly timestamp: number; readonly hasIdr: boolean };

/** What the depacketizer has dropped so far. */
export type DepacketizerCounts = { framesInError: number };

/** Largest picture, bytes: an IDR of a 4K stream at 50 Mbit/s stays under 2 MB. */
export const maxFrameBytes = 4 * 1024 * 1024;

/**
 * Most memory that the pieces of one picture may keep alive, bytes. A piece is a view of what the socket read, up to 64 KiB with other packets
 * in it; honest pictures hold little more than themselves, or 8 KiB for each packet where packets come one by one.
 */
export const maxHeldBytes = 64 * 1024 * 1024;

/** Most pieces of one picture; with 1188-byte packets `maxFrameBytes` needs about 3600. */
const maxFramePieces = 8192;

/** So many packets in a row with old sequence numbers mean that the publisher began a new count. */
const maxOldPackets = 64;

/**
 * Puts RTP packets together to pictures (RFC 6184: single NAL units, STAP-A, FU-A). A picture ends with the marker bit, at once, or where the
 * timestamp changes. After a gap nothing comes out until a whole IDR, because everything between would show smears.
 *
 * The packets' memory belongs to it: the FU header of a first fragment is overwritten with the NAL header so that each byte is copied only once.
 */
export class H264Depacketizer {
  readonly counts: DepacketizerCounts = { framesInError: 0 };
  readonly #emit: (frame: H264Frame) => void;
  #pieces: Buffer[] = [];
  #nalStarts: number[] = [];
  #bytes = 0;
  #heldBytes = 0;
  #newestMemory: ArrayBufferLike | null = null;
  #timestamp = 0;
  #expected: number | null = null;
  #oldPackets = 0;
  #insideFragment = false;
  #damaged = false;
  #needsIdr = true;

  /** @param emit gets each whole picture, before `push` returns */
  constructor(emit: (frame: H264Frame) => void) {
    this.#emit = emit;
  }

  /** Takes the next packet in order of arrival. Malformed ones only damage their own picture. */
  push(packet: RtpPacket): void {
    if (!this.#checkSequence(packet.sequence)) {
      return;
    }
    if (packet.timestamp !== this.#timestamp) {
      this.#finish();
      this.#timestamp = packet.timestamp;
    }
    this.#takePayload(packet.payload);
    if (packet.marker) {
      this.#finish();
    }
  }

  #checkSequence(sequence: number): boolean {
    const step = this.#expected === null ? 0 : (sequence - this.#expected) & 0xffff;
    if (step >= 0x8000 && this.#oldPackets < maxOldPackets) {
      this.#oldPackets += 1;
      return false;
    }
    if (step !== 0) {
      this.#damage();
    }
    this.#oldPackets = 0;
    this.#expected = (sequence + 1) & 0xffff;
    return true;
  }

  #takePayload(payload: Buffer): void {
    const type = readNalType(payload);
    if (payload.length === 0 || this.#damaged) {
      return;
    }
    if (type === nalType.fuA) {
      this.#takeFragment(payload);
      return;
    }
    if (this.#insideFragment) {
      this.#damage();
    } else if (type === nalType.stapA) {
      this.#takeAggregate(payload);
    } else {
      this.#startNal(payload);
    }
  }

  #takeAggregate(payload: Buffer): void {
    let offset = 1;
    while (offset < payload.length) {
      const start = offset + 2;
      const length = start <= payload.length ? payload.readUInt16BE(offset) : 0;
      if (length === 0 || start + length > payload.length) {
        this.#damage();
        return;
      }
      this.#startNal(payload.subarray(start, start + length));
      if (this.#damaged) {
        return;
      }
      offset = start + length;
    }
  }

  #takeFragment(payload: Buffer): void {
    const header = payload[1];
    const isFirst = header !== undefined && (header & 0x80) !== 0;
    if (header === undefined || payload.length < 3 || isFirst === this.#insideFragment) {
      this.#damage();
      return;
    }
    if (isFirst) {
      payload[1] = ((payload[0] ?? 0) & 0xe0) | (header & 0x1f);
      this.#startNal(payload.subarray(1));
    } else {
      this.#addPiece(payload.subarray(2));
    }
    this.#insideFragment = (header & 0x40) === 0 && !this.#damaged;
  }

  /** Begins a NAL unit. Types outside of H.264's own would be taken for aggregates and fragments once they go out again. */
  #startNal(piece: Buffer): void {
    const type = readNalType(piece);
    if (type === 0 || type >= nalType.stapA) {
      this.#damage();
      return;
    }
    this.#nalStarts.push(this.#pieces.length);
    this.#addPiece(piece);
  }

  #addPiece(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (piece.buffer !== this.#newestMemory) {
      this.#newestMemory = piece.buffer;
      this.#heldBytes += piece.buffer.byteLength;
    }
    if (this.#bytes > maxFrameBytes || this.#heldBytes > maxHeldBytes || this.#pieces.length > maxFramePieces) {
      this.#damage();
    }
  }

  #damage(): void {
    this.#damaged = true;
    this.#pieces = [];
    this.#nalStarts = [];
    this.#bytes = 0;
    this.#heldBytes = 0;
    this.#newestMemory = null;
    this.#insideFragment = false;
  }

  #finish(): void {
    const broken = this.#damaged || this.#insideFragment;
    const frame = broken || this.#pieces.length === 0 ? null : this.#join();
    this.#damage();
    this.#damaged = false;
    if (broken) {
      this.counts.framesInError += 1;
      this.#needsIdr = true;
    }
    if (frame === null) {
      return;
    }
    if (this.#needsIdr && hasPicture(frame.nals) && !isWholeIdr(frame)) {
      return;
    }
    this.#needsIdr &&= !frame.hasIdr;
    this.#emit(frame);
  }

  #join(): H264Frame {
    const memory = Buffer.allocUnsafeSlow(this.#bytes);
    const nals: Buffer[] = [];
    let written = 0;
    let hasIdr = false;
    for (let index = 0; index < this.#nalStarts.length; index += 1) {
      const start = written;
      const endPiece = this.#nalStarts[index + 1] ?? this.#pieces.length;
      for (let piece = this.#nalStarts[index] ?? 0; piece < endPiece; piece += 1) {
        written += this.#pieces[piece]?.copy(memory, written) ?? 0;
      }
      const nal = memory.subarray(start, written);
      hasIdr ||= readNalType(nal) === nalType.idr;
      nals.push(nal);
    }
    return { nals, timestamp: this.#timestamp, hasIdr };
  }
}

function hasPicture(nals: readonly Buffer[]): boolean {
  return nals.some((nal) => isSlice(readNalType(nal)));
}

/** After a gap the picture's first slices may be missing: first_mb_in_slice is 0 exactly when the slice header's first bit is 1. */
function isWholeIdr(frame: H264Frame): boolean {
  const first = frame.nals.find((nal) => isSlice(readNalType(nal)));
  return frame.hasIdr && ((first?.[1] ?? 0) & 0x80) !== 0;
}
