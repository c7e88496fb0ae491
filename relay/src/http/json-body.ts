import { AppError } from "@helmcast/config";
import type { Request, RequestHandler } from "express";
import { readBody } from "./read-body.ts";

/**
 * Reads a JSON body into `request.body`, where parseBody finds it; a body of another type, or none, is left alone. Used in place of
 * express.json(), which takes in what is too large to its end before it refuses it: a sender of chunks decides where that end is.
 * @param options.limit most bytes
 * @throws AppError HC_GATEWAY_BODY_TOO_LARGE, HC_GATEWAY_BODY_TYPE when it is compressed or not in UTF-8, HC_GATEWAY_BAD_BODY when it is no JSON
 */
export function json({ limit }: { readonly limit: number }): RequestHandler {
  return async (request, _response, next) => {
    if (request.is("application/json") === "application/json") {
      refuseEncoding(request);
      request.body = parse(await readBody(request, limit));
    }
    next();
  };
}

/** JSON between programs is UTF-8 (RFC 8259, section 8.1). */
function refuseEncoding(request: Request): void {
  const encoding = request.get("content-encoding") ?? "identity";
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(request.get("content-type") ?? "")?.[1] ?? "utf-8";
  if (encoding.toLowerCase() !== "identity" || charset.toLowerCase() !== "utf-8") {
    throw new AppError("HC_GATEWAY_BODY_TYPE", { detail: "Send plain UTF-8." });
  }
}

function parse(body: Buffer): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return text === "" ? {} : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new AppError("HC_GATEWAY_BAD_BODY", { detail: "It is no JSON.", cause });
  }
}
