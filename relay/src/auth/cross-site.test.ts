import { describe, expect, it } from "vitest";
import { isCrossSite } from "./cross-site.ts";

const host = "relay.example:8080";

describe("isCrossSite", () => {
  it.each([
    ["a browser's own page", { secFetchSite: "same-origin", origin: "http://relay.example:8080", host }, false],
    ["an address that was typed", { secFetchSite: "none", origin: undefined, host }, false],
    ["another port of the same host", { secFetchSite: "same-site", origin: "http://relay.example:9000", host }, true],
    ["another site", { secFetchSite: "cross-site", origin: "http://evil.example", host }, true],
    ["an older browser's own page", { secFetchSite: undefined, origin: "http://relay.example:8080", host }, false],
    ["TLS that ends before us", { secFetchSite: undefined, origin: "https://relay.example", host: "relay.example" }, false],
    ["a default port that is written out", { secFetchSite: undefined, origin: "https://relay.example", host: "relay.example:443" }, false],
    ["an older browser on another site", { secFetchSite: undefined, origin: "http://evil.example", host }, true],
    ["a sandboxed frame", { secFetchSite: undefined, origin: "null", host }, true],
    ["a host that only starts alike", { secFetchSite: undefined, origin: "http://relay.example:8080.evil.example", host }, true],
    ["a program", { secFetchSite: undefined, origin: undefined, host }, false],
    ["no host at all", { secFetchSite: undefined, origin: "http://relay.example", host: undefined }, true],
  ])("%s", (_what, headers, crossSite) => {
    expect(isCrossSite(headers)).toBe(crossSite);
  });
});
