import type { IncomingMessage, ServerResponse } from "node:http";
import { sendRanged, sendWhole } from "../http/send-body.ts";
import { chooseEncoding } from "./choose-encoding.ts";
import type { HlsAnswer } from "./hls-answer.ts";
import type { HlsKind } from "./parse-request.ts";

/** How browsers may keep a file. `private`: what one visitor may see must not be served by a cache in between to another. */
const cacheControl: Readonly<Record<HlsKind, string>> = {
  index: "private, no-cache",
  playlist: "private, no-cache",
  media: "private, max-age=60, immutable",
};

/**
 * Sends an answer to one visitor, 304 to who has it already, or the part of media that it asks for; the body goes out as it lies in memory,
 * without a copy. Playlists are sent whole, since the next one has other bytes. Gives the bytes of the body.
 * @throws AppError HC_GATEWAY_RANGE, with `Content-Range` set
 */
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
  if (encoding !== "identity") {
    headers["Content-Encoding"] = encoding;
  }
  return isMedia ? sendRanged(request, response, { headers, body, etag }) : sendWhole(request, response, { headers, body });
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
