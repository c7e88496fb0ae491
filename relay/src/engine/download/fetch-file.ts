import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "@helmcast/runtime";
import { type Dispatcher, request } from "undici";
import { explainFetchError, explainStatus, type FetchFault } from "./fetch-fault.ts";
import { checkDownloadUrl } from "./url-policy.ts";

/** A release file goes through two redirects at GitHub; more than this is a loop. */
const maxRedirects = 5;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Bounds of one fetch. `connectMs` is the dispatcher's own and named here for the sentence only. */
export type FetchLimits = { readonly connectMs: number; readonly stallMs: number; readonly totalMs: number; readonly maxBytes: number };

/** What a fetch needs besides its address. */
export type FetchOptions = {
  readonly limits: FetchLimits;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Called for each chunk: bytes so far, and of how many where the server says so. */
  readonly onProgress: (bytes: number, totalBytes: number | null) => void;
};

/** A fetched file's digest, or why there is none. */
export type FetchResult =
  | { readonly ok: true; readonly sha256: string; readonly bytes: number }
  | { readonly ok: false; readonly fault: FetchFault };

class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** Streams one file to disk while hashing it. The file is new or overwritten; a failed fetch may leave a part of it. Never throws. */
export async function fetchFile(address: URL, file: string, options: FetchOptions): Promise<FetchResult> {
  const { limits } = options;
  const deadline = new AbortController();
  const cancel = options.clock.after(limits.totalMs, () => deadline.abort(), true);
  const fileName = address.pathname.split("/").at(-1) ?? "";
  let host = address.host;
  try {
    let url = address;
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      host = url.host;
      const reply = await request(url, {
        dispatcher: options.dispatcher,
        signal: deadline.signal,
        headersTimeout: limits.stallMs,
        bodyTimeout: limits.stallMs,
      });
      // A body that is not wanted is destroyed, and undici reports that on it; nobody else would listen.
      reply.body.on("error", () => undefined);
      const location = reply.headers["location"];
      if (!redirectStatuses.has(reply.statusCode) || typeof location !== "string") {
        return await takeBody(reply, file, fileName, host, options);
      }
      reply.body.destroy();
      const verdict = checkDownloadUrl(location, url);
      if (!verdict.ok) {
        return { ok: false, fault: { reason: `${host} redirects elsewhere: ${verdict.reason}`, retry: false } };
      }
      url = verdict.url;
    }
    return { ok: false, fault: { reason: `${host} redirects more than ${maxRedirects} times`, retry: false } };
  } catch (error) {
    if (error instanceof TooLargeError) {
      return { ok: false, fault: { reason: `${fileName} is larger than ${limits.maxBytes} bytes`, retry: false } };
    }
    return { ok: false, fault: explainFetchError(error, host, limits) };
  } finally {
    cancel();
  }
}

async function takeBody(
  reply: Dispatcher.ResponseData,
  file: string,
  fileName: string,
  host: string,
  options: FetchOptions,
): Promise<FetchResult> {
  const fault = explainStatus(reply.statusCode, host, fileName);
  if (fault !== null) {
    reply.body.destroy();
    return { ok: false, fault };
  }
  const announced = Number(reply.headers["content-length"] ?? Number.NaN);
  const totalBytes = Number.isSafeInteger(announced) ? announced : null;
  if (totalBytes !== null && totalBytes > options.limits.maxBytes) {
    reply.body.destroy();
    throw new TooLargeError();
  }
  const hash = createHash("sha256");
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > options.limits.maxBytes) {
        done(new TooLargeError());
        return;
      }
      hash.update(chunk);
      options.onProgress(bytes, totalBytes);
      done(null, chunk);
    },
  });
  await pipeline(reply.body, meter, createWriteStream(file, { mode: 0o600 }));
  return { ok: true, sha256: hash.digest("hex"), bytes };
}
