import { describe, expect, it } from "vitest";
import { GopCache } from "./gop-cache.ts";
import type { AccessUnit } from "./types.ts";

function unit(pts90k: number, idr: boolean, sizeBytes = 10): AccessUnit {
  return { pts90k, arrivalWallMs: 0, idr, nals: [], rtpPayloads: [], sizeBytes };
}

describe("GopCache", () => {
  it("begins anew with each IDR and keeps nothing before the first", () => {
    const cache = new GopCache();
    for (const item of [unit(0, false), unit(1, true), unit(2, false), unit(3, true), unit(4, false)]) {
      cache.push(item);
    }
    expect(cache.list().map((item) => item.pts90k)).toEqual([3, 4]);
  });

  it("is empty from passing its bound until the next IDR, because a GOP without its begin shows smears", () => {
    const cache = new GopCache(25);
    for (const item of [unit(1, true), unit(2, false), unit(3, false), unit(4, false)]) {
      cache.push(item);
    }
    expect(cache.list()).toEqual([]);
    cache.push(unit(5, true));
    expect(cache.list()).toHaveLength(1);
  });

  it("gives a list of its own", () => {
    const cache = new GopCache();
    cache.push(unit(1, true));
    const before = cache.list();
    cache.push(unit(2, false));
    expect(before).toHaveLength(1);
  });
});
