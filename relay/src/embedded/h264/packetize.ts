import { nalType } from "./nal.ts";

/** Longest RTP payload made, bytes: with RTP, SRTP, UDP and IPv6 headers it stays under the 1280 bytes that every path carries. */
export const maxPayloadBytes = 1188;

/** Bytes before each NAL unit in a STAP-A, and the aggregate's own header (RFC 6184 section 5.7.1). */
const stapSizeBytes = 2;
const stapHeaderBytes = 1;

/** FU indicator and FU header (RFC 6184 section 5.8). */
const fuHeaderBytes = 2;

/**
 * Cuts one access unit into RTP payloads, packetization mode 1: neighbours that fit together become a STAP-A, one alone goes as it
 * is (no copy), and one that is too long becomes FU-As of even length.
 */
export function packetizeH264(nals: readonly Buffer[], maxBytes: number = maxPayloadBytes): Buffer[] {
  const payloads: Buffer[] = [];
  let group: Buffer[] = [];
  let groupBytes = stapHeaderBytes;
  const flush = (): void => {
    const [only] = group;
    if (only !== undefined) {
      payloads.push(group.length === 1 ? only : makeStapA(group, groupBytes));
    }
    group = [];
    groupBytes = stapHeaderBytes;
  };
  for (const nal of nals) {
    if (nal.length > maxBytes) {
      flush();
      pushFuA(payloads, nal, maxBytes);
      continue;
    }
    if (groupBytes + stapSizeBytes + nal.length > maxBytes) {
      flush();
    }
    group.push(nal);
    groupBytes += stapSizeBytes + nal.length;
  }
  flush();
  return payloads;
}

/** The aggregate's F bit and NRI are the highest of its parts (RFC 6184 section 5.7). */
function makeStapA(nals: readonly Buffer[], bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(bytes);
  let reference = 0;
  let offset = stapHeaderBytes;
  for (const nal of nals) {
    reference = Math.max(reference, (nal[0] ?? 0) & 0x60);
    offset = payload.writeUInt16BE(nal.length, offset);
    offset += nal.copy(payload, offset);
  }
  payload[0] = reference | nalType.stapA;
  return payload;
}

function pushFuA(payloads: Buffer[], nal: Buffer, maxBytes: number): void {
  const body = nal.length - 1;
  const count = Math.ceil(body / (maxBytes - fuHeaderBytes));
  const chunk = Math.ceil(body / count);
  const header = nal[0] ?? 0;
  const memory = Buffer.allocUnsafe(body + count * fuHeaderBytes);
  let written = 0;
  for (let start = 0; start < body; start += chunk) {
    const end = Math.min(start + chunk, body);
    const payload = memory.subarray(written, written + fuHeaderBytes + end - start);
    payload[0] = (header & 0xe0) | nalType.fuA;
    payload[1] = (start === 0 ? 0x80 : 0) | (end === body ? 0x40 : 0) | (header & 0x1f);
    nal.copy(payload, fuHeaderBytes, 1 + start, 1 + end);
    payloads.push(payload);
    written += payload.length;
  }
}
