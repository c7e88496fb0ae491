import { describe, expect, it } from "vitest";
import { createAnswerCache } from "./answer-cache.ts";

const answer = (bytes: number) => ({ status: 200, headers: {}, body: Buffer.alloc(bytes) });

describe("createAnswerCache", () => {
  it("forgets an answer when its time is over", () => {
    let nowMs = 0;
    const cache = createAnswerCache(() => nowMs);
    cache.put("a", answer(1), 100);
    nowMs = 99;
    expect(cache.get("a")).not.toBeNull();
    nowMs = 100;
    expect(cache.get("a")).toBeNull();
  });

  it("keeps its bytes and its count within bounds, dropping the oldest", () => {
    const cache = createAnswerCache(() => 0);
    const mebibyte = 1024 * 1024;
    for (let index = 0; index < 70; index++) {
      cache.put(`big${index}`, answer(mebibyte), 1000);
    }
    expect(cache.get("big5")).toBeNull();
    expect(cache.get("big6")).not.toBeNull();
    for (let index = 0; index < 5000; index++) {
      cache.put(`small${index}`, answer(1), 1000);
    }
    expect(cache.get("small903")).toBeNull();
    expect(cache.get("small904")).not.toBeNull();
    cache.clear();
    expect(cache.get("small904")).toBeNull();
  });

  it("counts a replaced answer once", () => {
    const cache = createAnswerCache(() => 0);
    cache.put("first", answer(1), 1000);
    for (let round = 0; round < 100; round++) {
      cache.put("same", answer(1024 * 1024), 1000);
    }
    expect(cache.get("first")).not.toBeNull();
  });
});
