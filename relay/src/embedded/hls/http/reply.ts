import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, type ErrorCode } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";

/** A whole answer. */
export type Reply = {
  readonly status: number;
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
};

/** What sending needs around it. */
export type SendOptions = {
  readonly clock: Clock;
  /** A client that has not taken the answer after this long is cut off: it holds the answer's memory. */
  readonly writeTimeoutMs: number;
  readonly allowOrigins: readonly string[];
};

/** An empty answer, as MediaMTX gives to bad and failed playlist requests. */
export function emptyReply(status: number): Reply {
  return { status, pieces: [] };
}

/** The answer to whatever is not served. */
export const notFoundReply: Reply = { status: 404, contentType: "text/plain", pieces: [Buffer.from("404 page not found")] };

/** A JSON error in MediaMTX's shape, with the registered code beside it. */
export function errorReply(code: ErrorCode, status: number, detail?: string): Reply {
  const { message } = new AppError(code, detail === undefined ? {} : { detail });
  const body = { status: "error", error: message, code };
  return { status, contentType: "application/json; charset=utf-8", pieces: [Buffer.from(JSON.stringify(body))] };
}

/** Sends an answer whole and looks after it until the client has it. Returns the number of body bytes. */
export function sendReply(request: IncomingMessage, response: ServerResponse, reply: Reply, options: SendOptions): number {
  if (response.headersSent || response.destroyed) {
    return 0;
  }
  const bytes = reply.pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(reply.status, {
    ...corsHeaders(request.headers.origin, options.allowOrigins),
    ...(reply.contentType === undefined ? {} : { "Content-Type": reply.contentType }),
    ...(reply.cacheControl === undefined ? {} : { "Cache-Control": reply.cacheControl }),
    ...reply.headers,
    ...(reply.status === 204 ? {} : { "Content-Length": bytes }),
  });
  for (const piece of reply.pieces) {
    response.write(piece);
  }
  response.end();
  if (!response.writableFinished) {
    const cancel = options.clock.after(options.writeTimeoutMs, () => request.socket.destroy(), true);
    response.once("close", cancel);
  }
  return bytes;
}

/**
 * Access-Control-Allow-Origin as MediaMTX gives it: `*`, the origin when it is on the list, or nothing (MediaMTX contract, section 6). Where it
 * depends on the origin, shared caches are told so (Fetch standard, "CORS protocol and HTTP caches").
 */
function corsHeaders(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  if (allowed.includes("*")) {
    return { "Access-Control-Allow-Origin": "*" };
  }
  const known = origin !== undefined && allowed.includes(origin);
  return { Vary: "Origin", ...(known ? { "Access-Control-Allow-Origin": origin } : {}) };
}
