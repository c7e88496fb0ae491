import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "@helmcast/runtime";

/** Largest body taken, bytes (MediaMTX contract, section 2: 128 KiB). */
export const maxBodyBytes = 128 * 1024;

/** Most clients of one small server at one time. */
const maxConnections = 256;

/** A request as handlers see it. */
export type PlainRequest = {
  readonly method: string;
  /** Path of the URL, percent signs decoded once. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawQuery: string;
  readonly headers: IncomingMessage["headers"];
  readonly remoteAddress: string | undefined;
  readonly body: Buffer;
};

/** What a handler answers. */
export type PlainReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(value) };
}

/** An error answer of the control API (MediaMTX contract, section 4). */
export function errorReply(status: number, error: string, headers: Readonly<Record<string, string>> = {}): PlainReply {
  return jsonReply(status, { status: "error", error }, headers);
}

/** Makes a small HTTP server with bounded bodies and times. What the handler throws is a 500 and a log line. */
export function createPlainServer(options: {
  readonly handle: (request: PlainRequest) => Promise<PlainReply>;
  readonly timeoutMs: number;
  readonly log: Log;
}): Server {
  const { handle, log, timeoutMs } = options;
  const server = createServer(
    { requestTimeout: timeoutMs, headersTimeout: timeoutMs, connectionsCheckingInterval: timeoutMs },
    (incoming, outgoing) => {
      serve(incoming, handle)
        .catch((error: unknown) => {
          if (incoming.socket.destroyed) {
            log.debug({ err: error }, "a client has gone before its request was whole");
            return errorReply(400, "the request was cut short");
          }
          log.error({ err: error, url: incoming.url?.split("?")[0] }, "a request failed inside");
          return errorReply(500, "internal error");
        })
        .then((reply) => send(outgoing, reply))
        .catch(() => outgoing.destroy());
    },
  );
  server.maxConnections = maxConnections;
  return server;
}

/** Closes a server and every connection of it. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(incoming: IncomingMessage, handle: (request: PlainRequest) => Promise<PlainReply>): Promise<PlainReply> {
  const url = incoming.url ?? "";
  const question = url.indexOf("?");
  const path = decode(question < 0 ? url : url.slice(0, question));
  const rawQuery = question < 0 ? "" : url.slice(question + 1);
  const body = await readBody(incoming);
  if (path === null || body === null) {
    return errorReply(400, path === null ? "invalid path" : `the body is larger than ${maxBodyBytes} bytes`, { connection: "close" });
  }
  return await handle({
    method: incoming.method ?? "",
    path,
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: incoming.headers,
    remoteAddress: incoming.socket.remoteAddress,
    body,
  });
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(outgoing: ServerResponse, reply: PlainReply): void {
  outgoing.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) });
  outgoing.end(reply.body);
}
