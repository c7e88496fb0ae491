import { describe, expect, it } from "vitest";
import { tables } from "../i18n/language.ts";
import { chooseAnswer } from "../pwa/worker-rules.ts";
import { chartPoints, chartSize } from "./chart-points.ts";
import { cameraHref, parseRoute, sectionHref } from "./route.ts";
import { sayFailure, saySignInFailure } from "./say-failure.ts";

describe("addresses of pages", () => {
  it.each([
    ["", { page: "cameras" }],
    ["#/", { page: "cameras" }],
    [cameraHref("picarx/front"), { page: "watch", path: "picarx/front" }],
    ["#/account", { page: "account" }],
    ["#/admin", { page: "admin", section: null }],
    [sectionHref("audit"), { page: "admin", section: "audit" }],
    ["#/admin/else", { page: "admin", section: null }],
    ["#/administer", { page: "cameras" }],
    ["#/watch/picarx", { page: "cameras" }],
    ["#/watch/../front", { page: "cameras" }],
    ["#/watch/picarx/front/../x", { page: "cameras" }],
    ["#/watch/picarx%2Ffront", { page: "cameras" }],
  ])("%s", (hash, expected) => {
    expect(parseRoute(hash)).toEqual(expected);
  });
});

describe("the service worker", () => {
  const ask = (url: string, navigates = false, method = "GET") =>
    chooseAnswer({ method, url: `https://here${url}`, navigates }, "https://here");

  it.each(["/api/cameras", "/live/a/b/hls/index.m3u8", "/live/a/b/whep", "/mqtt", "/healthz", "/sw.js"])("never answers %s", (path) => {
    expect(ask(path)).toBe("network");
  });

  it("opens the shell for a visit and looks in the cache for its files", () => {
    expect(ask("/", true)).toBe("shell");
    expect(ask("/assets/index-1.js")).toBe("cache");
    expect(ask("/", true, "POST")).toBe("network");
    expect(chooseAnswer({ method: "GET", url: "https://other/x.js", navigates: false }, "https://here")).toBe("network");
  });
});

describe("the sentence for a failure", () => {
  const { en } = tables;
  it.each([
    ["no network on the device", { kind: "offline" }, false, en.noNetwork],
    ["a relay that is away", { kind: "offline" }, true, en.relayUnreachable],
    ["an answer that is not ours", { kind: "broken", status: 502 }, true, en.relayTrouble],
    ["a session that is over", { kind: "refused", status: 401, code: "X", sentence: "S" }, true, en.sessionEnded],
    ["too many tries", { kind: "refused", status: 429, code: "X", sentence: "S" }, true, en.tooManyTries],
    ["a kick", { kind: "refused", status: 403, code: "HC_GATEWAY_KICKED", sentence: "S" }, true, en.kicked],
    ["an ended link", { kind: "refused", status: 404, code: "HC_GATEWAY_SHARE_GONE", sentence: "S" }, true, en.shareGone],
    [
      "requests in a flood",
      { kind: "refused", status: 429, code: "HC_GATEWAY_TOO_MANY_REQUESTS", sentence: "S" },
      true,
      en.tooManyRequests,
    ],
    ["too many pictures", { kind: "refused", status: 429, code: "HC_GATEWAY_TOO_MANY_SESSIONS", sentence: "S" }, true, en.tooManySessions],
    ["a busy relay", { kind: "refused", status: 503, code: "HC_GATEWAY_BUSY", sentence: "S" }, true, en.busy],
    ["anything else in the gateway's words", { kind: "refused", status: 400, code: "X", sentence: "S" }, true, "S"],
  ] as const)("%s", (_name, failure, networkUp, expected) => {
    expect(sayFailure(en, failure, networkUp)).toBe(expected);
  });
});

describe("the sentence for a refused sign-in", () => {
  const refused = (status: number) => ({ kind: "refused", status, code: "X", sentence: "S" }) as const;

  it("names the password for a 401 only", () => {
    expect(saySignInFailure(tables.en, refused(401), true)).toBe(tables.en.wrongPassword);
    expect(saySignInFailure(tables.en, refused(429), true)).toBe(tables.en.tooManyTries);
    expect(saySignInFailure(tables.en, { kind: "offline" }, true)).toBe(tables.en.relayUnreachable);
  });
});

describe("the chart", () => {
  it("keeps the newest age at the right edge and every point inside", () => {
    const points = chartPoints([20, 5000, 40])
      .split(" ")
      .map((point) => point.split(",").map(Number));
    expect(points.at(-1)?.[0]).toBe(chartSize.width);
    for (const [x, y] of points) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(chartSize.height);
    }
  });

  it("is empty without ages", () => {
    expect(chartPoints([])).toBe("");
  });
});
