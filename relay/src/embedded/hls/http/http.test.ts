import { describe, expect, it } from "vitest";
import { holdsCdnSecret } from "./cdn-secret.ts";
import { readRoute } from "./read-route.ts";

describe("readRoute", () => {
  it.each([
    ["GET", "/demo/av/index.m3u8", { kind: "index", path: "demo/av" }],
    ["GET", "/demo/av/index.m3u8?x=1", { kind: "index", path: "demo/av" }],
    ["GET", "/demo/av/0123456789ab_video1_part3.mp4", { kind: "file", path: "demo/av", name: "0123456789ab_video1_part3.mp4" }],
    ["GET", "/demo/../av/index.m3u8", { kind: "index", path: "demo/../av" }],
    ["GET", "/demo/%2e%2e/index.m3u8", { kind: "index", path: "demo/.." }],
    ["GET", "/demo/%zz/index.m3u8", { kind: "none" }],
    ["GET", "/index.m3u8", { kind: "none" }],
    ["GET", "/", { kind: "none" }],
    ["GET", "/demo/av/", { kind: "none" }],
    ["GET", "/favicon.ico", { kind: "none" }],
    ["GET", `/${"a".repeat(3000)}/index.m3u8`, { kind: "none" }],
    ["GET", "http://elsewhere/demo/av/index.m3u8", { kind: "none" }],
    ["HEAD", "/demo/av/index.m3u8", { kind: "none" }],
    ["POST", "/demo/av/index.m3u8", { kind: "none" }],
    ["OPTIONS", "/demo/av/index.m3u8", { kind: "none" }],
  ])("%s %s", (method, target, expected) => {
    expect(readRoute(method, target, false)).toEqual(expected);
  });

  it("tells a preflight from another OPTIONS", () => {
    expect(readRoute("OPTIONS", "/demo/av/index.m3u8", true)).toEqual({ kind: "preflight" });
  });

  it("keeps the query of a playlist", () => {
    const route = readRoute("GET", "/demo/av/video1_stream.m3u8?_HLS_msn=7", false);
    expect(route.kind === "playlist" && route.query.get("_HLS_msn")).toBe("7");
  });
});

describe("holdsCdnSecret", () => {
  it.each([
    ["Bearer s3cret", "s3cret", true],
    ["bearer s3cret", "s3cret", false],
    ["Bearer s3cret ", "s3cret", false],
    ["Bearer wrong", "s3cret", false],
    ["s3cret", "s3cret", false],
    [undefined, "s3cret", false],
    ["Bearer ", "", false],
    ["Bearer null", null, false],
  ])("%s", (header, secret, expected) => {
    expect(holdsCdnSecret(header, secret)).toBe(expected);
  });
});
