import { Agent, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { AppError } from "@helmcast/config";
import type { Request, Response } from "express";
import { createProxyMiddleware } from "http-proxy-middleware";

/** Idle time after which a connection to the engine is closed: under the engine's own 30 s, or a request could meet a closing socket (MediaMTX contract, section 3.2). */
const idleMs = 20_000;
/** Longest wait for an answer: a cold HLS muxer and a blocked playlist may take over 6 s (MediaMTX contract, section 3.2). */
const answerTimeoutMs = 20_000;
/** Largest answer taken over: a segment of several seconds at 20 Mbit/s. */
const maxAnswerBytes = 32 * 1024 * 1024;

/** Listeners on one response before Node warns of a leak. */
const maxListeners = 40;

/** What to ask the engine for in a visitor's place. `headers` replace all of the visitor's own; `method` replaces the visitor's where it is named. */
export type EngineRequest = {
  readonly path: string;
  readonly method?: "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
};

/** The engine's whole answer. */
export type EngineAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** The visitor left before the engine answered; nobody is there to be answered. */
export class VisitorGone extends Error {
  override readonly name = "VisitorGone";
}

/** Forwards visitors' requests to one listener of the engine and brings the answers back, without sending them. */
export type EngineProxy = {
  /**
   * @throws VisitorGone when the visitor leaves first
   * @throws AppError HC_GATEWAY_ENGINE_AWAY when the engine cannot be reached or stops half way
   */
  ask(request: Request, response: Response, what: EngineRequest): Promise<EngineAnswer>;
  /** Closes idle connections. */
  close(): void;
};

type Errand = { readonly what: EngineRequest; readonly settle: (result: Promise<EngineAnswer>) => void };

/** @param target for example `http://127.0.0.1:8889` */
export function createEngineProxy(target: string): EngineProxy {
  const agent = new Agent({ keepAlive: true, timeout: idleMs, maxSockets: 512, maxFreeSockets: 64 });
  const errands = new WeakMap<IncomingMessage, Errand>();
  const proxy = createProxyMiddleware<Request, Response>({
    target,
    agent,
    selfHandleResponse: true,
    proxyTimeout: answerTimeoutMs,
    pathRewrite: (_path, request) => errands.get(request)?.what.path,
    on: {
      proxyReq(outgoing, request) {
        const what = errands.get(request)?.what;
        outgoing.method = what?.method ?? outgoing.method;
        for (const name of outgoing.getHeaderNames()) {
          outgoing.removeHeader(name);
        }
        const length = what?.body === undefined ? {} : { "content-length": String(what.body.length) };
        for (const [name, value] of Object.entries({ ...what?.headers, ...length, host: new URL(target).host })) {
          outgoing.setHeader(name, value);
        }
        if (what?.body !== undefined) {
          // The visitor's own body was read before; the proxy pipes what is left of it, which is only its end.
          outgoing.write(what.body);
        }
      },
      proxyRes: (incoming, request) => errands.get(request)?.settle(collect(incoming)),
      error: (cause, request) => errands.get(request)?.settle(Promise.reject(new AppError("HC_GATEWAY_ENGINE_AWAY", { cause }))),
    },
  });
  return {
    ask(request, response, what) {
      const visitorsUrl = request.url;
      // Node has answered it; with it, the proxy would send the visitor's own headers, token and all, before `proxyReq` comes to them.
      delete request.headers.expect;
      // The proxy listens to the response some four times per errand, and a renewed HLS session takes three errands.
      response.setMaxListeners(maxListeners);
      return new Promise<EngineAnswer>((resolve, reject) => {
        const leave = () => reject(new VisitorGone());
        if (response.destroyed) {
          leave();
          return;
        }
        response.once("close", leave);
        const settle = (result: Promise<EngineAnswer>) => {
          result.then(resolve, reject).finally(() => response.removeListener("close", leave));
        };
        errands.set(request, { what, settle });
        // Some failures come by `next`, some as the event above; settling twice does no harm.
        proxy(request, response, (cause) => settle(Promise.reject(new AppError("HC_GATEWAY_ENGINE_AWAY", { cause })))).catch(reject);
      }).finally(() => {
        request.url = visitorsUrl;
      });
    },
    close: () => agent.destroy(),
  };
}

async function collect(incoming: IncomingMessage): Promise<EngineAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) {
        throw new AppError("HC_GATEWAY_ENGINE_ANSWER", { detail: `It is over ${maxAnswerBytes} bytes.` });
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("HC_GATEWAY_ENGINE_AWAY", { cause });
  }
  return { status: incoming.statusCode ?? 502, headers: incoming.headers, body: Buffer.concat(chunks) };
}
