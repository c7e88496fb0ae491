import { expect, it } from "vitest";
import { meterCache } from "./meter-cache.ts";

it("counts answers given from memory and answers fetched, and nothing for what is not there", () => {
  const seen: string[] = [];
  const kept = new Map<string, string>();
  const plain = {
    get: (key: string) => kept.get(key) ?? null,
    put: (key: string, answer: string, _keepMs: number) => void kept.set(key, answer),
    clear: () => kept.clear(),
  };
  const cache = meterCache(plain, { count: (source) => void seen.push(source) });
  expect(cache.get("a")).toBeNull();
  cache.put("a", "1", 100);
  expect(cache.get("a")).toBe("1");
  cache.clear();
  expect(cache.get("a")).toBeNull();
  expect(seen).toEqual(["engine", "cache"]);
});
