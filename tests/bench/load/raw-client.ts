import { connect, type Socket } from "node:net";

/** An answer as it came off the wire. `body` is empty unless it was asked to be kept. */
export type RawReply = { readonly status: number; readonly bodyBytes: number; readonly body: string };

/** One connection that carries one request at a time, as a browser's HTTP/1.1 connection does. It costs far less than a client library, so that it is not what gets measured. */
export type RawClient = {
  /** @throws Error when the connection breaks before the whole answer came */
  get(target: string, keepBody: boolean): Promise<RawReply>;
  close(): void;
};

type Waiting = { readonly keepBody: boolean; readonly resolve: (reply: RawReply) => void; readonly reject: (error: Error) => void };

/** An answer of which the head was read. `left` is what is still to come of the body, or of the current chunk. */
type Reading = { readonly status: number; readonly chunked: boolean; left: number; bodyBytes: number; readonly kept: string[] };

/** Longest head of an answer, in bytes. */
const maxHeadBytes = 16_384;

/** @param headers lines that go with every request, for example `authorization: Bearer ...` */
export function openRawClient(port: number, headers: readonly string[]): RawClient {
  let socket: Socket | null = null;
  let waiting: Waiting | null = null;
  let reading: Reading | null = null;
  let rest: Buffer = Buffer.alloc(0);
  const tail = ` HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
  const fail = (error: Error) => {
    const failed = waiting;
    socket?.destroy();
    socket = null;
    waiting = null;
    reading = null;
    rest = Buffer.alloc(0);
    failed?.reject(error);
  };
  const finish = ({ status, bodyBytes, kept }: Reading) => {
    const done = waiting;
    waiting = null;
    reading = null;
    done?.resolve({ status, bodyBytes, body: kept.join("") });
  };
  const take = (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    reading ??= takeHead();
    while (reading !== null && waiting !== null) {
      const step = takeBody(reading, rest, waiting.keepBody);
      rest = rest.subarray(step.used);
      if (step.done) {
        finish(reading);
      } else if (step.used === 0 || rest.length === 0) {
        return;
      }
    }
  };
  const takeHead = (): Reading | null => {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) {
      if (rest.length > maxHeadBytes) {
        fail(new Error("The head of an answer is too long."));
      }
      return null;
    }
    const head = rest.toString("latin1", 0, end).toLowerCase();
    rest = rest.subarray(end + 4);
    const lengthAt = head.indexOf("\r\ncontent-length:");
    const chunked = lengthAt < 0 && head.includes("\r\ntransfer-encoding: chunked");
    const left = lengthAt < 0 ? 0 : Number.parseInt(head.slice(lengthAt + 17), 10);
    return { status: Number(head.slice(9, 12)), chunked, left, bodyBytes: 0, kept: [] };
  };
  const open = (): Socket => {
    const opened = connect({ port, host: "127.0.0.1", noDelay: true });
    opened.on("data", take);
    opened.on("error", fail);
    opened.on("close", () => {
      if (socket === opened) {
        fail(new Error("The connection was closed."));
      }
    });
    return opened;
  };
  return {
    get(target, keepBody) {
      return new Promise((resolve, reject) => {
        waiting = { keepBody, resolve, reject };
        socket ??= open();
        socket.write(`GET ${target}${tail}`, "latin1");
      });
    },
    close: () => fail(new Error("The client was closed.")),
  };
}

/** Reads on in a body: how many bytes were used, and whether it is whole (RFC 9112, section 7.1, without trailers). */
function takeBody(reading: Reading, bytes: Buffer, keep: boolean): { readonly used: number; readonly done: boolean } {
  const take = Math.min(reading.left, bytes.length);
  if (take > 0 || !reading.chunked) {
    reading.left -= take;
    reading.bodyBytes += take;
    if (keep && take > 0) {
      reading.kept.push(bytes.toString("latin1", 0, take));
    }
    return { used: take, done: !reading.chunked && reading.left === 0 };
  }
  const start = bytes.length >= 2 && bytes[0] === 13 ? 2 : 0;
  const end = bytes.indexOf("\r\n", start);
  if (end < 0) {
    return { used: 0, done: false };
  }
  reading.left = Number.parseInt(bytes.toString("latin1", start, end), 16);
  if (reading.left > 0) {
    return { used: end + 2, done: false };
  }
  // The last chunk is followed by one empty line.
  return bytes.length >= end + 4 ? { used: end + 4, done: true } : { used: 0, done: false };
}
