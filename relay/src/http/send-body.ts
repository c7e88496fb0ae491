import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "@helmcast/config";
import { readRange } from "./byte-range.ts";

/** A body that lies in memory, its headers but those about bytes, and its strong tag where it has one. */
export type ReadyBody = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer; readonly etag: string | null };

/** Sends all of a body, as it lies in memory and without a copy; to HEAD no more than its headers. Gives the bytes of it that go out. */
export function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  { headers, body }: Omit<ReadyBody, "etag">,
  status = 200,
): number {
  response.writeHead(status, { ...headers, "Content-Length": String(body.length) });
  if (request.method === "HEAD") {
    response.end();
    return 0;
  }
  response.end(body);
  return body.length;
}

/**
 * The same, or the part of it that the visitor asks for by `Range` (RFC 9110, sections 14.2 and 15.3.7).
 * @throws AppError HC_GATEWAY_RANGE, with `Content-Range` set on the response (section 15.5.17)
 */
export function sendRanged(request: IncomingMessage, response: ServerResponse, { headers, body, etag }: ReadyBody): number {
  const wanted = readRange(request, body.length, etag);
  if (wanted.kind === "beyond") {
    response.setHeader("Content-Range", `bytes */${body.length}`);
    throw new AppError("HC_GATEWAY_RANGE");
  }
  const ranged = { ...headers, "Accept-Ranges": "bytes" };
  if (wanted.kind === "whole") {
    return sendWhole(request, response, { headers: ranged, body });
  }
  const part = { ...ranged, "Content-Range": `bytes ${wanted.from}-${wanted.to}/${body.length}` };
  return sendWhole(request, response, { headers: part, body: body.subarray(wanted.from, wanted.to + 1) }, 206);
}
