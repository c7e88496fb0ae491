import { describe, expect, it } from "vitest";
import { allowOrigin, parseRoute, readContentType } from "./http-request.ts";

describe("parseRoute", () => {
  it.each([
    ["/dev/cam/whep", { kind: "endpoint", protocol: "whep", path: "dev/cam", query: "" }],
    ["/dev/cam/whip?a=b&c", { kind: "endpoint", protocol: "whip", path: "dev/cam", query: "a=b&c" }],
    ["/dev%2Fcam/whep", { kind: "endpoint", protocol: "whep", path: "dev/cam", query: "" }],
    ["/dev/../cam/whep", { kind: "endpoint", protocol: "whep", path: "dev/../cam", query: "" }],
    ["/dev/cam/whep/abc", { kind: "session", secret: "abc" }],
    ["/anything/whip/abc?x", { kind: "session", secret: "abc" }],
    ["/whep", { kind: "none" }],
    ["/", { kind: "none" }],
    ["/dev/cam/", { kind: "none" }],
    ["/%zz/whep", { kind: "none" }],
  ])("%s", (url, route) => {
    expect(parseRoute(url)).toEqual(route);
  });
});

describe("headers", () => {
  it.each([
    [["*"], "http://a", "*"],
    [["http://a"], "http://a", "http://a"],
    [["http://a"], "http://b", null],
    [["http://a"], undefined, null],
  ])("allows of %o the origin %s: %s", (allowed, origin, expected) => {
    expect(allowOrigin(allowed, origin)).toBe(expected);
  });

  it.each([
    ["application/sdp", "application/sdp"],
    ["Application/SDP; charset=utf-8", "application/sdp"],
    [undefined, ""],
  ])("reads the media type of %s", (header, expected) => {
    expect(readContentType(header)).toBe(expected);
  });
});
