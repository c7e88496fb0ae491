import type { RtspRequest } from "./message.ts";

/** Longest request line and headers together, bytes. A token in the URL stays under 4096 (MediaMTX contract, section 1.2). */
export const maxHeaderBytes = 16 * 1024;

/** Most header lines. */
export const maxHeaderCount = 64;

/** Longest body, bytes; an SDP is under 2 KB. */
export const maxBodyBytes = 64 * 1024;

/** Bytes before an interleaved packet: `$`, channel, length (RFC 2326 section 10.12). The length field ends at 64 KiB. */
export const interleavedHeaderBytes = 4;

const dollar = 0x24;
const headerEnd = "\r\n\r\n";
const noBytes = Buffer.alloc(0);

/** What a client sent. After a fault nothing more comes. */
export type RtspItem =
  | { readonly kind: "request"; readonly request: RtspRequest }
  | { readonly kind: "interleaved"; readonly channel: number; readonly payload: Buffer }
  | { readonly kind: "fault"; readonly sentence: string };

/** An item whose length is known and whose last bytes have not come yet. */
type Pending = { readonly memory: Buffer; filled: number; readonly finish: (memory: Buffer) => RtspItem };

/**
 * Cuts a client's bytes into requests and interleaved packets, however they arrive. Holds at most one of them unfinished. Packets that came
 * whole in one chunk are views of it; one that was split is copied once, so that many small chunks cost no more than few large ones.
 */
export class RtspParser {
  #head: Buffer = noBytes;
  #chunk: Buffer = noBytes;
  #pending: Pending | null = null;
  #fault: RtspItem | null = null;

  /** Takes bytes; call `next` until it says null before the next `push`. */
  push(chunk: Buffer): void {
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
  }

  /** The next whole item, or null until more bytes come. */
  next(): RtspItem | null {
    if (this.#fault !== null) {
      return this.#fault;
    }
    if (this.#pending !== null) {
      return this.#fill(this.#pending);
    }
    const first = this.#head[0] ?? this.#chunk[0];
    if (first === undefined) {
      return null;
    }
    const item = first === dollar ? this.#takeInterleaved() : this.#takeMessage(first);
    if (item?.kind === "fault") {
      this.#fault = item;
      this.#head = noBytes;
      this.#chunk = noBytes;
    }
    return item;
  }

  #takeInterleaved(): RtspItem | null {
    if (this.#head.length + this.#chunk.length < interleavedHeaderBytes) {
      this.#collectHead();
      return null;
    }
    const split = this.#head.length > 0;
    const header = split ? Buffer.concat([this.#head, this.#chunk.subarray(0, interleavedHeaderBytes - this.#head.length)]) : this.#chunk;
    const channel = header.readUInt8(1);
    const bytes = header.readUInt16BE(2);
    this.#advance(interleavedHeaderBytes - this.#head.length);
    if (bytes <= this.#chunk.length) {
      const payload = this.#chunk.subarray(0, bytes);
      this.#advance(bytes);
      return { kind: "interleaved", channel, payload };
    }
    return this.#wait(bytes, (payload) => ({ kind: "interleaved", channel, payload }));
  }

  #takeMessage(first: number): RtspItem | null {
    const isLetter = (first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a);
    if (!isLetter) {
      return { kind: "fault", sentence: "This is not RTSP." };
    }
    const seen = this.#head.length;
    this.#collectHead();
    const end = this.#head.subarray(0, maxHeaderBytes).indexOf(headerEnd, Math.max(0, seen - headerEnd.length));
    if (end < 0) {
      return this.#head.length >= maxHeaderBytes
        ? { kind: "fault", sentence: `The headers are longer than ${maxHeaderBytes} bytes.` }
        : null;
    }
    const head = parseHead(this.#head.toString("utf8", 0, end));
    if (typeof head === "string") {
      return { kind: "fault", sentence: head };
    }
    this.#chunk = this.#head.subarray(end + headerEnd.length);
    this.#head = noBytes;
    const { method, url, headers, bodyBytes } = head;
    return this.#wait(bodyBytes, (body) => ({ kind: "request", request: { method, url, headers, body } }));
  }

  /** The chunk joins what is there of the head. */
  #collectHead(): void {
    this.#head = this.#head.length === 0 ? this.#chunk : Buffer.concat([this.#head, this.#chunk]);
    this.#chunk = noBytes;
  }

  /** The head is done with; `bytes` of the chunk too. */
  #advance(bytes: number): void {
    this.#head = noBytes;
    this.#chunk = this.#chunk.subarray(bytes);
  }

  #wait(bytes: number, finish: (memory: Buffer) => RtspItem): RtspItem | null {
    this.#pending = { memory: Buffer.allocUnsafeSlow(bytes), filled: 0, finish };
    return this.#fill(this.#pending);
  }

  #fill(pending: Pending): RtspItem | null {
    const copied = this.#chunk.copy(pending.memory, pending.filled);
    pending.filled += copied;
    this.#chunk = this.#chunk.subarray(copied);
    if (pending.filled < pending.memory.length) {
      return null;
    }
    this.#pending = null;
    return pending.finish(pending.memory);
  }
}

type Head = { method: string; url: string; headers: Map<string, string>; bodyBytes: number };

function parseHead(text: string): Head | string {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [, method, url] = /^([A-Za-z_]{1,32}) (\S+) RTSP\/1\.0$/.exec(requestLine) ?? [];
  if (method === undefined || url === undefined) {
    return "The request line is not RTSP/1.0.";
  }
  if (lines.length > maxHeaderCount) {
    return `There are more than ${maxHeaderCount} headers.`;
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) {
      return "A header has no name.";
    }
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const length = headers.get("content-length") ?? "0";
  if (!/^\d{1,9}$/.test(length) || Number(length) > maxBodyBytes) {
    return `The body is longer than ${maxBodyBytes} bytes, or its length is not a number.`;
  }
  return { method: method.toUpperCase(), url, headers, bodyBytes: Number(length) };
}
