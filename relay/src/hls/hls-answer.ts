import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { EngineAnswer } from "../http/engine-proxy.ts";
import type { Encoding } from "./choose-encoding.ts";
import type { HlsRequest } from "./parse-request.ts";

/** Sizes of playlists worth encoding, in bytes: smaller ones fit one packet as they are, larger ones would hold the event loop; ours have 0.5 to 8 KB. */
const encodable = { least: 256, most: 256 * 1024 } as const;

/** Of 2 KB playlists, quality 4 leaves 2 % more than 11 does and takes a tenth of the time. */
const brotliQuality = 4;

/** Characters kept of a playlist's hash: 96 bits. */
const etagChars = 16;

/** One form in which a file goes over the wire. `etag` is strong: equal tags mean equal bytes (RFC 9110, section 8.8.1). */
export type Representation = { readonly encoding: Encoding; readonly body: Buffer; readonly etag: string };

/** The engine's answer, and the forms made of it. It is shared by all who get it, so every form is made once. */
export type HlsAnswer = {
  readonly status: number;
  /** Bytes that it takes in memory at the most, with every form. */
  readonly costBytes: number;
  /** The form for this encoding; the plain one where encoding is not worth it. Media is never encoded. */
  as(encoding: Encoding): Representation;
};

/** Makes an answer ready to be shared. */
export function shareAnswer({ status, body }: EngineAnswer, wish: Pick<HlsRequest, "kind" | "file">): HlsAnswer {
  const isEncodable = wish.kind !== "media" && body.length >= encodable.least && body.length <= encodable.most;
  const forms = new Map<Encoding, Representation>();
  // The name of media never means other bytes (MediaMTX contract, section 3.2), so it is as good as a hash.
  let tag = wish.kind === "media" ? wish.file : "";
  const make = (encoding: Encoding): Representation => {
    tag ||= createHash("sha256").update(body).digest("base64url").slice(0, etagChars);
    const encoded = encoding === "identity" ? body : encode(body, encoding);
    return encoding !== "identity" && encoded.length < body.length
      ? { encoding, body: encoded, etag: `"${tag}-${encoding}"` }
      : { encoding: "identity", body, etag: `"${tag}"` };
  };
  return {
    status,
    // Encoded forms are kept only where they are smaller than the plain one.
    costBytes: body.length * (isEncodable ? 3 : 1),
    as(wanted) {
      const encoding = isEncodable ? wanted : "identity";
      const known = forms.get(encoding);
      if (known !== undefined) {
        return known;
      }
      const form = make(encoding);
      forms.set(encoding, form);
      return form;
    },
  };
}

function encode(body: Buffer, encoding: Exclude<Encoding, "identity">): Buffer {
  return encoding === "gzip"
    ? gzipSync(body)
    : brotliCompressSync(body, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
        },
      });
}
