import { describe, expect, it } from "vitest";
import { createAnswerCache } from "./answer-cache.ts";
import { shareAnswer } from "./hls-answer.ts";

const answer = (bytes: number) => shareAnswer({ status: 200, headers: {}, body: Buffer.alloc(bytes) }, { kind: "media", file: "a.mp4" });

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

  it("counts the compressed forms that a playlist may get", () => {
    const cache = createAnswerCache(() => 0);
    for (let index = 0; index < 100; index++) {
      const body = Buffer.alloc(256 * 1024, index);
      cache.put(`list${index}`, shareAnswer({ status: 200, headers: {}, body }, { kind: "playlist", file: "video1_stream.m3u8" }), 1000);
    }
    // 64 MiB hold 85 of 768 KiB.
    expect(cache.get("list14")).toBeNull();
    expect(cache.get("list15")).not.toBeNull();
  });
});
