import type { IncomingMessage } from "node:http";

/** What a visitor wants of a body. `to` is the last byte of a part, which is part of it. */
export type WantedBytes =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly from: number; readonly to: number }
  | { readonly kind: "beyond" };

const whole: WantedBytes = { kind: "whole" };

/**
 * Reads `Range` for a body in memory (RFC 9110, section 14.2). `beyond` is a range that lies behind the body's end, to be answered with 416.
 * Everything that is no single, well-formed range of bytes is ignored, as that section lets a server do; so is `Range` with any method
 * but GET, and beside an `If-Range` that names another tag (section 13.1.5).
 * @param etag the strong tag of this body; null where it has none
 */
export function readRange(
  { method, headers }: Pick<IncomingMessage, "method" | "headers">,
  length: number,
  etag: string | null,
): WantedBytes {
  const ifRange = headers["if-range"];
  if (method !== "GET" || headers.range === undefined || (ifRange !== undefined && ifRange !== etag)) {
    return whole;
  }
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(headers.range) ?? [];
  if (first === "") {
    return last === "" ? whole : readSuffix(Number(last), length);
  }
  const from = Number(first);
  const to = last === "" ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== "" && Number(last) < from) {
    return whole;
  }
  return from < length ? { kind: "part", from, to } : { kind: "beyond" };
}

/** The last bytes of a body (RFC 9110, section 14.1.2): all of it when it has fewer; none of it cannot be sent. */
function readSuffix(count: number, length: number): WantedBytes {
  return count === 0 || length === 0 ? { kind: "beyond" } : { kind: "part", from: Math.max(0, length - count), to: length - 1 };
}
