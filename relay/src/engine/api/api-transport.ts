import { AppError } from "@helmcast/config";
import { parseJson, readBounded } from "@helmcast/runtime";
import { type Dispatcher, Pool } from "undici";

/** Waits and bounds of one call. The engine asks the gateway's callback before it answers, so this is longer than a loopback needs. */
export const transportLimits = {
  /** One call from start to end, ms. Longer than the 4 s by which the engine delays a refusal (MediaMTX contract, section 1.1). */
  callMs: 8_000,
  /** Largest reply, bytes: a page of 500 sessions has some 400 kB. */
  replyBytes: 4 * 1024 * 1024,
  /** Below the engine's own 30 s, so that a connection is never used at the moment when the engine closes it. */
  keepAliveMs: 4_000,
  /** Calls at once; more wait. So many that hundreds of sessions are cut within a second of an engine that takes 200 ms for each. */
  connections: 100,
} as const;

/** An answer: its status, and its body read as JSON (undefined when it is none). */
export type TransportReply = { readonly status: number; readonly body: unknown };

/** Talks HTTP to the engine's API. */
export type ApiTransport = {
  /** @throws AppError HC_ENGINE_UNREACHABLE when no whole answer comes in time, HC_ENGINE_REPLY when it is too large */
  call(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<TransportReply>;
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>;
};

/** Makes a transport. `authorization` goes with every call. */
export function createApiTransport(options: {
  readonly origin: string;
  readonly authorization: string;
  readonly callMs?: number;
}): ApiTransport {
  const callMs = options.callMs ?? transportLimits.callMs;
  const pool = new Pool(options.origin, {
    connections: transportLimits.connections,
    keepAliveTimeout: transportLimits.keepAliveMs,
    keepAliveMaxTimeout: transportLimits.keepAliveMs,
    pipelining: 1,
  });
  return {
    async call(method, path, body) {
      try {
        const reply = await pool.request({
          method,
          path,
          signal: AbortSignal.timeout(callMs),
          headers: { authorization: options.authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: reply.statusCode, body: parseJson(await readReply(reply.body)) };
      } catch (error) {
        if (error instanceof AppError) {
          throw error;
        }
        throw new AppError("HC_ENGINE_UNREACHABLE", { cause: error });
      }
    },
    close: () => pool.destroy(),
  };
}

async function readReply(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const text = await readBounded(body as AsyncIterable<Buffer>, transportLimits.replyBytes);
  if (text === null) {
    throw new AppError("HC_ENGINE_REPLY", { detail: `It is larger than ${transportLimits.replyBytes} bytes.` });
  }
  return text;
}
