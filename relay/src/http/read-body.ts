import type { IncomingMessage } from "node:http";
import { AppError } from "@helmcast/config";

/**
 * Reads a whole body.
 * @param maxBytes refused beyond this, at the latest when that many have come
 * @throws AppError HC_GATEWAY_BODY_TOO_LARGE, or HC_GATEWAY_BAD_BODY when the sender stops half way
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
    throw tooLarge(maxBytes);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw tooLarge(maxBytes);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("HC_GATEWAY_BAD_BODY", { detail: "It ended early.", cause });
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError("HC_GATEWAY_BODY_TOO_LARGE", { detail: `At most ${maxBytes} bytes.` });
}
