import { describe, expect, it } from "vitest";
import { apiRule, createRequestLimit } from "./request-limit.ts";

describe("createRequestLimit", () => {
  it("lets a burst through, then as many a second as the rule has, and says how long to wait", () => {
    let nowMs = 0;
    const limit = createRequestLimit({ burst: 5, perSecond: 0.5 }, () => nowMs);
    const takeMany = (count: number) => Array.from({ length: count }, () => limit.take("192.0.2.1"));
    expect(takeMany(6)).toEqual([null, null, null, null, null, 2]);
    nowMs = 1000;
    expect(limit.take("192.0.2.1")).toBe(1);
    nowMs = 2000;
    expect(takeMany(2)).toEqual([null, 2]);
    expect(limit.take("192.0.2.2")).toBeNull();
    nowMs = 1_000_000;
    expect(takeMany(6)).toEqual([null, null, null, null, null, 2]);
  });

  it("counts an IPv6 host's whole network as one address", () => {
    const limit = createRequestLimit({ burst: 1, perSecond: 1 }, () => 0);
    expect([limit.take("2001:db8::1"), limit.take("2001:db8::ffff:2"), limit.take("2001:db8:0:1::1")]).toEqual([null, 1, null]);
  });

  it("never promises a wait of nothing", () => {
    const limit = createRequestLimit(apiRule, () => 0);
    const waits = Array.from({ length: apiRule.burst + 1 }, () => limit.take("::1"));
    expect(waits.at(-1)).toBe(1);
  });
});
