import { AppError } from "@helmcast/config";
import type { Request, Response } from "express";
import { type EngineProxy, VisitorGone } from "../http/engine-proxy.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { createFetchLimits } from "./fetch-limits.ts";
import { type HlsAnswer, shareAnswer } from "./hls-answer.ts";
import type { HlsKind, HlsRequest } from "./parse-request.ts";

/**
 * How long an answer serves others, in ms. The index must be fetched anew before long, since only that keeps the engine's shared session
 * alive; a blocked playlist is good for about one part; media never changes under its name and is kept for longer than the window of 7 segments
 * (MediaMTX contract, section 3.4).
 */
const keepMs: Readonly<Record<HlsKind | "plain", number>> = { index: 1000, playlist: 200, plain: 80, media: 30_000 };

/** Visitors in a row that may leave in the middle of fetching for the others before one of those others is refused. */
const maxHandovers = 50;

/** Who asks. `viewer` names the same person at the same camera. */
export type HlsVisitor = { readonly request: Request; readonly response: Response; readonly viewer: string };

/** Fetches a file of a stream once for all who want it at the same time, and gives it from memory to those who come soon after. */
export type SharedFetch = {
  /** @throws VisitorGone, AppError HC_GATEWAY_ENGINE_AWAY or HC_GATEWAY_BUSY */
  get(visitor: HlsVisitor, cameraPath: string, wish: HlsRequest): Promise<HlsAnswer>;
};

/** @param cdnSecret the secret of the engine's HLS CDN mode, sent with every request */
export function createSharedFetch(parts: {
  readonly proxy: EngineProxy;
  readonly cache: AnswerCache;
  readonly cdnSecret: string;
}): SharedFetch {
  const { proxy, cache, cdnSecret } = parts;
  const inFlight = new Map<string, Promise<HlsAnswer>>();
  const headers = { authorization: `Bearer ${cdnSecret}` };
  const limits = createFetchLimits();
  // Always GET: the engine answers HEAD with 404 (MediaMTX contract, section 3.2), and the answer serves others too.
  const ask = async ({ request, response }: HlsVisitor, cameraPath: string, wish: HlsRequest): Promise<HlsAnswer> =>
    shareAnswer(await proxy.ask(request, response, { path: `/${cameraPath}/${wish.target}`, method: "GET", headers }), wish);

  const fetchOnce = async (visitor: HlsVisitor, cameraPath: string, wish: HlsRequest): Promise<HlsAnswer> => {
    const answer = await ask(visitor, cameraPath, wish);
    if (answer.status !== 401 || wish.kind === "index") {
      return answer;
    }
    // The shared session idled out or died with its muxer; fetching the index makes a new one (MediaMTX contract, section 3.4).
    const index = await share(visitor, cameraPath, { kind: "index", file: "index.m3u8", target: "index.m3u8", blocking: false }, false);
    return index.status === 200 ? ask(visitor, cameraPath, wish) : index;
  };

  const share = async (visitor: HlsVisitor, cameraPath: string, wish: HlsRequest, useCache: boolean): Promise<HlsAnswer> => {
    const key = `${cameraPath}/${wish.target}`;
    for (let handover = 0; handover < maxHandovers; handover++) {
      // Before the first wait it was looked for already.
      const kept = useCache && handover > 0 ? cache.get(key) : null;
      if (kept !== null) {
        return kept;
      }
      const running = inFlight.get(key);
      if (running === undefined) {
        return lead(visitor, cameraPath, wish, key);
      }
      const result = await running.catch((error: unknown) => error);
      if (!(result instanceof Error)) {
        return result as HlsAnswer;
      }
      if (!(result instanceof VisitorGone)) {
        throw result;
      }
      // Whoever fetched for all of us left: one of those who wait fetches now.
      if (visitor.response.destroyed) {
        throw new VisitorGone();
      }
    }
    throw new AppError("HC_GATEWAY_BUSY");
  };

  const lead = async (visitor: HlsVisitor, cameraPath: string, wish: HlsRequest, key: string): Promise<HlsAnswer> => {
    const leave = limits.enter(visitor.viewer, cameraPath);
    const running = fetchOnce(visitor, cameraPath, wish);
    inFlight.set(key, running);
    try {
      const answer = await running;
      if (answer.status === 200) {
        cache.put(key, answer, keepMs[wish.kind === "playlist" && !wish.blocking ? "plain" : wish.kind]);
      }
      return answer;
    } finally {
      inFlight.delete(key);
      leave();
    }
  };

  return {
    get: async (visitor, cameraPath, wish) => cache.get(`${cameraPath}/${wish.target}`) ?? share(visitor, cameraPath, wish, true),
  };
}
