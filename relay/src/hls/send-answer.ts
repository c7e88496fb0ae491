import type { IncomingMessage, ServerResponse } from "node:http";
import { chooseEncoding } from "./choose-encoding.ts";
import type { HlsAnswer } from "./hls-answer.ts";
import type { HlsKind } from "./parse-request.ts";

/** How browsers may keep a file. `private`: what one visitor may see must not be served by a cache in between to another. */
const cacheControl: Readonly<Record<HlsKind, string>> = {
  index: "private, no-cache",
  playlist: "private, no-cache",
  media: "private, max-age=60, immutable",
};

/** Sends an answer to one visitor, or 304 to who has it already; the body goes out as it lies in memory, without a copy. Gives the bytes of the body. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, kind: HlsKind, answer: HlsAnswer): number {
  const isMedia = kind === "media";
  const { encoding, body, etag } = answer.as(isMedia ? "identity" : chooseEncoding(request.headers["accept-encoding"]));
  const headers: Record<string, string> = { ETag: etag, "Cache-Control": cacheControl[kind] };
  if (!isMedia) {
    headers["Vary"] = "Accept-Encoding";
  }
  if (namesTag(request.headers["if-none-match"], etag)) {
    response.writeHead(304, headers).end();
    return 0;
  }
  headers["Content-Type"] = isMedia ? "video/mp4" : "application/vnd.apple.mpegurl";
  headers["Content-Length"] = String(body.length);
  if (encoding !== "identity") {
    headers["Content-Encoding"] = encoding;
  }
  response.writeHead(200, headers);
  if (request.method === "HEAD") {
    response.end();
    return 0;
  }
  response.end(body);
  return body.length;
}

/** True when an `If-None-Match` header names this tag (RFC 9110, section 13.1.2, where weak tags count too). */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) {
    return false;
  }
  return header.split(",").some((item) => {
    const named = item.trim();
    return named === "*" || (named.startsWith("W/") ? named.slice(2) : named) === etag;
  });
}
