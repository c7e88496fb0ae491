import type { HlsAnswer } from "./hls-answer.ts";

/**
 * Bytes kept for all cameras together, compressed playlists among them: 7 segments of 1 s and their parts at 1.5 Mbit/s take 2.6 MiB, so
 * this holds some twenty cameras, and one of 50 Mbit/s as well.
 */
const maxBytes = 64 * 1024 * 1024;
/** Answers kept; playlists are small, so bytes alone would let them pile up. */
const maxEntries = 4096;

type Entry = { readonly answer: HlsAnswer; readonly untilMs: number };

/** Answers of the engine that serve more than one viewer. Bounded by bytes and by count; the oldest goes first. */
export type AnswerCache = {
  get(key: string): HlsAnswer | null;
  put(key: string, answer: HlsAnswer, keepMs: number): void;
  /** Forgets everything, as after a restart of the engine. */
  clear(): void;
};

/** @param monotonicMs clock for ageing */
export function createAnswerCache(monotonicMs: () => number): AnswerCache {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= entries.get(key)?.answer.costBytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) {
        return null;
      }
      if (entry.untilMs <= monotonicMs()) {
        drop(key);
        return null;
      }
      return entry.answer;
    },
    put(key, answer, keepMs) {
      drop(key);
      entries.set(key, { answer, untilMs: monotonicMs() + keepMs });
      bytes += answer.costBytes;
      while (bytes > maxBytes || entries.size > maxEntries) {
        const oldest = entries.keys().next();
        if (oldest.done) {
          return;
        }
        drop(oldest.value);
      }
    },
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}
