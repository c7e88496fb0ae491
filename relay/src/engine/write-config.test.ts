import { shiftPorts } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type ConfigInput, pathPattern, writeConfig } from "./write-config.ts";

const input: ConfigInput = {
  ports: shiftPorts(8080, 100),
  host: "0.0.0.0",
  publicHosts: ["203.0.113.7", "relay.example"],
  logLevel: "info",
  secrets: { callback: "cb-secret", api: "api-secret", hlsCdn: "123456" },
  version: { major: 1, minor: 20, patch: 1 },
  udpReadBufferBytes: 212_992,
};
/** MediaMTX reads YAML 1.1. */
const read = (text: string): Record<string, unknown> => parse(text, { version: "1.1" });

describe("mediamtx.yml", () => {
  it("holds what the product needs and switches the rest off", () => {
    expect(read(writeConfig(input))).toMatchObject({
      authMethod: "http",
      authHTTPAddress: "http://127.0.0.1:10090/engine/auth/cb-secret",
      authHTTPExclude: [],
      rtspAddress: ":8654",
      rtspTransports: ["tcp"],
      rtspEncryption: "no",
      rtspAuthMethods: ["basic"],
      hlsAlwaysRemux: true,
      hlsVariant: "lowLatency",
      hlsSegmentCount: 7,
      hlsSegmentDuration: "1s",
      hlsPartDuration: "200ms",
      hlsCDNSecret: "123456",
      webrtcLocalUDPAddress: ":8289",
      webrtcLocalTCPAddress: ":8289",
      webrtcAdditionalHosts: ["203.0.113.7", "relay.example"],
      udpReadBufferSize: 212_992,
      rtmp: false,
      srt: false,
      moq: false,
      playback: false,
      pprof: false,
    });
  });

  it("opens API, metrics, HLS and signalling on loopback only, to no web page", () => {
    const config = read(writeConfig(input));
    const local = ["apiAddress", "metricsAddress", "hlsAddress", "webrtcAddress"];
    expect(local.map((key) => config[key])).toEqual(["127.0.0.1:10097", "127.0.0.1:10098", "127.0.0.1:8988", "127.0.0.1:8989"]);
    const origins = ["apiAllowOrigins", "metricsAllowOrigins", "hlsAllowOrigins", "webrtcAllowOrigins"];
    expect(origins.map((key) => config[key])).toEqual([[], [], [], []]);
  });

  it.each([
    ["0.0.0.0", ":8654"],
    ["::", ":8654"],
    ["127.0.0.1", "127.0.0.1:8654"],
    ["::1", "[::1]:8654"],
  ])("listens for cameras on %s as %s", (host, rtspAddress) => {
    expect(read(writeConfig({ ...input, host }))).toMatchObject({ rtspAddress, webrtcLocalUDPAddress: ":8289" });
  });

  it("never asks for the debug level, which prints passwords", () => {
    const levels = (["debug", "info", "warn", "error", "silent"] as const).map(
      (logLevel) => read(writeConfig({ ...input, logLevel }))["logLevel"],
    );
    expect(levels).toEqual(["info", "info", "warn", "error", "error"]);
  });

  it("names no key that an older release does not know", () => {
    expect(read(writeConfig({ ...input, version: { major: 1, minor: 18, patch: 2 } }))).not.toHaveProperty("moq");
    expect(read(writeConfig({ ...input, version: null }))).toHaveProperty("moq", false);
  });

  it("keeps the API's secret out, which only the callback needs to know", () => {
    expect(writeConfig(input)).not.toContain("api-secret");
  });

  it("keeps strings strings, whatever they look like", () => {
    const odd = { ...input, publicHosts: ["no", "1:30", "0x10", "a: b # c"], secrets: { ...input.secrets, hlsCdn: "1e5" } };
    expect(read(writeConfig(odd))).toMatchObject({ webrtcAdditionalHosts: odd.publicHosts, hlsCDNSecret: "1e5" });
  });

  it("lets in two ids with one slash, and no other name", () => {
    expect(Object.keys(read(writeConfig(input))["paths"] as object)).toEqual([pathPattern()]);
    const pattern = new RegExp(pathPattern().slice(1));
    expect(["picarx/front", "a/b", "pi-1/talk"].every((name) => pattern.test(name))).toBe(true);
    expect(["picarx", "a/b/c", "../b", "A/b", "a/", `${"a".repeat(33)}/b`, "a/b\n"].some((name) => pattern.test(name))).toBe(false);
  });

  it("says why in one comment line", () => {
    expect(writeConfig(input)).toContain("# For networks that block UDP.\nwebrtcLocalTCPAddress:");
    expect(writeConfig(input)).toMatch(/^# Written by Helmcast/);
  });
});
