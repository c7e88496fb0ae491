import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { errorReplySchema } from "@helmcast/config";

/** A request as it goes onto the wire: unlike fetch, nothing is tidied up. */
export type Question = {
  /** GET unless told otherwise. */
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object goes out as JSON. */
  readonly body?: string | Buffer | object;
  /** Go no further than the first bytes of the body: for answers without an end. */
  readonly endless?: boolean;
  /** Keep the sender's token out: for what the cookie alone vouches for. */
  readonly cookieOnly?: boolean;
  /** The address of this machine to come from. */
  readonly localAddress?: string;
};

/** What came back. `code` is that of a refusal, null otherwise. */
export type Reply = {
  readonly status: number;
  readonly code: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** Longest wait for an answer, in ms. A blocking playlist may take 5 s by itself. */
const limitMs = 15_000;
/** Longest body that is kept. */
const maxBodyBytes = 4 * 1024 * 1024;

/** Sends one request on a connection of its own. Rejects when the connection breaks before an answer, or none comes in time. */
export function send(baseUrl: string, question: Question): Promise<Reply> {
  const { hostname, port } = new URL(baseUrl);
  const { method = "GET", target, body, localAddress } = question;
  const isJson = typeof body === "object" && !Buffer.isBuffer(body);
  const headers = { ...(isJson ? { "content-type": "application/json" } : {}), ...question.headers } as Record<string, string>;
  return new Promise((resolve, reject) => {
    const options: RequestOptions = { hostname, port, method, path: target, headers, agent: false, timeout: limitMs };
    const outgoing = request({ ...options, ...(localAddress === undefined ? {} : { localAddress }) });
    const limit = setTimeout(() => outgoing.destroy(new Error(`${method} ${target}: no whole answer within ${limitMs} ms`)), limitMs);
    outgoing.on("close", () => clearTimeout(limit));
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const finish = () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: incoming.statusCode ?? 0, code: readCode(whole), headers: incoming.headers, body: whole });
        outgoing.destroy();
      };
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (question.endless === true || bytes > maxBodyBytes) {
          finish();
        }
      });
      incoming.on("end", finish);
      incoming.on("error", reject);
      if (question.endless === true && incoming.statusCode === 200) {
        // An event stream may say nothing for a while; its headers are the answer.
        setTimeout(finish, 300).unref();
      }
    });
    outgoing.end(isJson ? JSON.stringify(body) : body);
  });
}

/** Reads a JSON answer. */
export function readJson<Value = unknown>(reply: Reply): Value {
  return JSON.parse(reply.body.toString()) as Value;
}

/** An answer in short: `ok`, or the status and code of the refusal. */
export function outcomeOf(reply: Reply): string {
  if (reply.status < 400) {
    return "ok";
  }
  return reply.code === null ? String(reply.status) : `${reply.status} ${reply.code.replace("HC_GATEWAY_", "")}`;
}

function readCode(body: Buffer): string | null {
  try {
    const refusal = errorReplySchema.safeParse(JSON.parse(body.toString()));
    return refusal.success ? refusal.data.code : null;
  } catch {
    // No JSON, so no refusal of ours.
    return null;
  }
}
