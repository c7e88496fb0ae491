/** Where ffmpeg believes it publishes, where it really goes, and what proves the right to. Holds a secret: never logged. */
export type RewriteRule = { readonly from: string; readonly to: string; readonly authorization: string };

/** What came of some bytes: bytes to send on and the methods of the requests in them, or why the talk must end. */
export type RewriteResult =
  | { readonly ok: true; readonly output: readonly Buffer[]; readonly methods: readonly string[] }
  | { readonly ok: false; readonly reason: "too-long" | "malformed" | "wrong-address" };

/** Longest request head and body, bytes. ffmpeg's are under 1 kB; an SDP with parameter sets stays under 4 kB. */
const maxHeadBytes = 8192;
const maxBodyBytes = 65_536;

/**
 * Rewrites the RTSP requests of one ffmpeg on their way to the relay: another address, and `Authorization` on each (RFC 2326, sections
 * 6 and 12.5). From the RECORD request on, bytes pass as they are, because interleaved media follows (section 10.12).
 */
export class RequestRewriter {
  readonly #rule: RewriteRule;
  #waiting: Buffer = Buffer.alloc(0);
  #bodyBytesLeft = 0;
  #passing = false;

  /** @param rule addresses and credential */
  constructor(rule: RewriteRule) {
    this.#rule = rule;
  }

  /** Takes the next bytes from ffmpeg. Not to be called again after a refusal. */
  push(chunk: Buffer): RewriteResult {
    const output: Buffer[] = [];
    const methods: string[] = [];
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    while (this.#waiting.length > 0) {
      const pass = this.#passing ? this.#waiting.length : Math.min(this.#bodyBytesLeft, this.#waiting.length);
      if (pass > 0) {
        output.push(this.#waiting.subarray(0, pass));
        this.#waiting = this.#waiting.subarray(pass);
        this.#bodyBytesLeft = this.#passing ? 0 : this.#bodyBytesLeft - pass;
        continue;
      }
      const end = this.#waiting.indexOf("\r\n\r\n");
      if (end < 0) {
        return this.#waiting.length > maxHeadBytes ? { ok: false, reason: "too-long" } : { ok: true, output, methods };
      }
      const head = this.#rewriteHead(this.#waiting.toString("latin1", 0, end));
      if (!head.ok) {
        return head;
      }
      this.#waiting = this.#waiting.subarray(end + 4);
      output.push(head.bytes);
      methods.push(head.method);
      this.#bodyBytesLeft = head.bodyBytes;
      this.#passing = head.method === "RECORD";
    }
    return { ok: true, output, methods };
  }

  #rewriteHead(
    head: string,
  ):
    | { readonly ok: true; readonly bytes: Buffer; readonly method: string; readonly bodyBytes: number }
    | { readonly ok: false; readonly reason: "too-long" | "malformed" | "wrong-address" } {
    const [requestLine = "", ...headers] = head.split("\r\n");
    const parts = /^([A-Z_]{1,20}) (\S+) RTSP\/1\.0$/.exec(requestLine);
    const method = parts?.[1];
    const address = parts?.[2];
    if (head.length > maxHeadBytes || method === undefined || address === undefined) {
      return { ok: false, reason: head.length > maxHeadBytes ? "too-long" : "malformed" };
    }
    if (address !== this.#rule.from && !address.startsWith(`${this.#rule.from}/`)) {
      return { ok: false, reason: "wrong-address" };
    }
    const bodyBytes = readContentLength(headers);
    if (bodyBytes === null || bodyBytes > maxBodyBytes) {
      return { ok: false, reason: bodyBytes === null ? "malformed" : "too-long" };
    }
    const kept = headers.filter((line) => !/^authorization:/i.test(line));
    const target = this.#rule.to + address.slice(this.#rule.from.length);
    const lines = [`${method} ${target} RTSP/1.0`, ...kept, `Authorization: ${this.#rule.authorization}`, "", ""];
    return { ok: true, bytes: Buffer.from(lines.join("\r\n"), "latin1"), method, bodyBytes };
  }
}

/** Content-Length of a head; 0 when absent, null when it is no whole number. */
export function readContentLength(headers: readonly string[]): number | null {
  const line = headers.find((header) => /^content-length:/i.test(header));
  if (line === undefined) {
    return 0;
  }
  const text = line.slice(line.indexOf(":") + 1).trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
