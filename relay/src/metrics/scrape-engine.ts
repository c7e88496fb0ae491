import { readBounded } from "@helmcast/runtime";
import { Pool } from "undici";
import { apiUser } from "../engine/write-config.ts";
import { aggregateEngineText, type EngineSeries } from "./engine-figures.ts";

/** How long one look at the engine serves all who ask, in ms. */
const keepMs = 1000;
/** Longest wait for the engine, in ms. Prometheus itself gives up after 10 s. */
const answerTimeoutMs = 3000;
/** Largest answer taken over: some 2 kB per session, 1,000 sessions. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** The engine's figures by name; null while the engine does not answer. */
export type EngineReading = ReadonlyMap<string, readonly EngineSeries[]> | null;

/** Asks the engine's own metrics listener, at most once a second however many ask. */
export type EngineScrape = {
  read(): Promise<EngineReading>;
  /** Ends its connection. */
  close(): Promise<void>;
};

/**
 * @param parts.origin for example `http://127.0.0.1:9998`
 * @param parts.apiSecret the gateway's credential at the engine
 */
export function createEngineScrape(parts: {
  readonly origin: string;
  readonly apiSecret: string;
  readonly monotonicMs: () => number;
}): EngineScrape {
  const pool = new Pool(parts.origin, { connections: 1, keepAliveTimeout: 4000, keepAliveMaxTimeout: 4000, pipelining: 1 });
  const authorization = `Basic ${Buffer.from(`${apiUser}:${parts.apiSecret}`).toString("base64")}`;
  const ask = async (): Promise<EngineReading> => {
    try {
      const signal = AbortSignal.timeout(answerTimeoutMs);
      const reply = await pool.request({ method: "GET", path: "/metrics", headers: { authorization }, signal });
      const text = await readBounded(reply.body as AsyncIterable<Buffer>, maxAnswerBytes);
      return reply.statusCode === 200 && text !== null ? aggregateEngineText(text) : null;
    } catch {
      // An engine that restarts has no figures, and that is what the reading says.
      return null;
    }
  };
  let last: { readonly atMs: number; readonly reading: Promise<EngineReading> } | null = null;
  return {
    read() {
      if (last === null || parts.monotonicMs() - last.atMs >= keepMs) {
        last = { atMs: parts.monotonicMs(), reading: ask() };
      }
      return last.reading;
    },
    close: () => pool.destroy(),
  };
}
