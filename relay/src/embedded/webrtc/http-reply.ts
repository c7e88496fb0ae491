import type { ServerResponse } from "node:http";
import { type ErrorCode, errorRegistry } from "@helmcast/config";

/** An answer, made before anything is written. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
};

const json = { "Content-Type": "application/json; charset=utf-8" } as const;

/** The methods and headers that a page of another origin may use (MediaMTX contract, section 2). */
export const corsHeaders = {
  "Access-Control-Allow-Methods": "OPTIONS, GET, POST, PATCH, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
} as const;

/** Any answer that is no refusal. */
export function reply(status: number, headers: Reply["headers"] = {}, body = ""): Reply {
  return { status, headers, body };
}

/** `{"status":"ok"}`. */
export function replyOk(): Reply {
  return { status: 200, headers: json, body: JSON.stringify({ status: "ok" }) };
}

/**
 * A refusal in MediaMTX's form. The registered code goes beside it, so that a caller need not read sentences.
 * @param code registered error, which also sets the status @param error MediaMTX's own words where there are any, else the registered sentence
 */
export function refuse(code: ErrorCode, error?: string, status?: number): Reply {
  const entry = errorRegistry[code];
  const body = JSON.stringify({ status: "error", error: error ?? entry.sentence, code });
  return { status: status ?? entry.status, headers: json, body };
}

/** 401; with a challenge when the client has shown no credentials yet. */
export function refuseUnauthorized(challenge: boolean): Reply {
  const refusal = refuse("HC_EMBEDDED_UNAUTHORIZED", "authentication error");
  return challenge ? { ...refusal, headers: { ...refusal.headers, "WWW-Authenticate": 'Basic realm="mediamtx"' } } : refusal;
}

/** Nothing is here. */
export function replyNotFound(): Reply {
  return { status: 404, headers: { "Content-Type": "text/plain" }, body: "404 page not found" };
}

/** Writes a reply. */
export function sendReply(response: ServerResponse, answer: Reply, allowedOrigin: string | null): void {
  if (response.headersSent || response.destroyed) {
    return;
  }
  if (allowedOrigin !== null) {
    response.setHeader("Access-Control-Allow-Origin", allowedOrigin);
  }
  if (allowedOrigin !== "*") {
    // Where the answer depends on the origin, its absence too is for one origin only.
    response.setHeader("Vary", "Origin");
  }
  for (const [name, value] of Object.entries(answer.headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  if (answer.status !== 204) {
    response.setHeader("Content-Length", Buffer.byteLength(answer.body));
  }
  response.writeHead(answer.status);
  response.end(answer.body);
}
