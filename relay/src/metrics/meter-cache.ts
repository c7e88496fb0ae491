import type { HlsMeter } from "./meters.ts";

/** The same memory of LL-HLS answers, of which each answer given and each one fetched is counted. */
export function meterCache<
  Answer,
  Cache extends { get(key: string): Answer | null; put(key: string, answer: Answer, keepMs: number): void },
>(cache: Cache, meter: HlsMeter): Cache {
  return {
    ...cache,
    get(key: string): Answer | null {
      const answer = cache.get(key);
      if (answer !== null) {
        meter.count("cache");
      }
      return answer;
    },
    put(key: string, answer: Answer, keepMs: number): void {
      meter.count("engine");
      cache.put(key, answer, keepMs);
    },
  };
}
