import { AppError } from "@helmcast/config";
import { describe, expect, it } from "vitest";
import { testSettingsText } from "../rtsp/test-support.ts";
import { loadSettings, parseSettings } from "./load-settings.ts";

const minimal = "authMethod: http\nauthHTTPAddress: http://127.0.0.1:9990/x\n";

function faultOf(text: string): string {
  try {
    parseSettings(text);
  } catch (error) {
    expect(error).toMatchObject({ code: "HC_EMBEDDED_SETTINGS" });
    return error instanceof AppError ? error.message : "";
  }
  return "";
}

describe("parseSettings", () => {
  it("fills in MediaMTX's defaults", () => {
    const { settings } = parseSettings(minimal);
    expect(settings).toMatchObject({
      logLevel: "info",
      readTimeoutMs: 10_000,
      api: null,
      metrics: null,
      rtsp: { host: null, port: 8554 },
      hls: {
        address: { port: 8888 },
        segmentCount: 7,
        segmentDurationMs: 1000,
        partDurationMs: 200,
        segmentMaxBytes: 50_000_000,
        cdnSecret: null,
      },
      webrtc: { address: { port: 8889 }, localUdp: { port: 8189 }, localTcp: null, ipsFromInterfaces: true },
      paths: [],
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it("lets pathDefaults stand behind each path entry", () => {
    const { settings } = parseSettings(
      `${minimal}pathDefaults:\n  overridePublisher: false\npaths:\n  cam/one:\n    maxReaders: 4\n  all_others:\n`,
    );
    expect(settings.paths).toEqual([
      { name: "cam/one", options: { source: "publisher", overridePublisher: false, maxReaders: 4 } },
      { name: "all_others", options: { source: "publisher", overridePublisher: false, maxReaders: 0 } },
    ]);
  });

  it("accepts what MediaMTX knows and it does not act on, and says which", () => {
    const { ignored } = parseSettings(`${minimal}rtmp: false\nwriteQueueSize: 512\npaths:\n  a/b:\n    record: true\n`);
    expect(ignored).toEqual(["writeQueueSize", "rtmp", "paths.a/b.record"]);
  });

  it.each([
    ["an unknown key", `${minimal}rtpsAddress: ":1"`, /unknown key 'rtpsAddress'/],
    ["an unknown path key", `${minimal}paths:\n  a/b:\n    sorce: x`, /paths\.a\/b: unknown field: sorce/],
    ["another source", `${minimal}paths:\n  a/b:\n    source: rtsp://x`, /only 'publisher' can be served/],
    ["a bad duration", `${minimal}readTimeout: soon`, /readTimeout: must be a duration such as 10s, not 'soon'/],
    ["a bad address", `${minimal}rtspAddress: here`, /rtspAddress: must be an address/],
    ["internal authentication", "authMethod: internal\nauthHTTPAddress: http://x/", /authMethod: must be http/],
    ["no callback", "authMethod: http", /authHTTPAddress: must be an http/],
    ["no YAML", "a: [", /not YAML/],
    ["a list", "- 1", /must be a map/],
    ["an alias bomb", "a: &a [1]\nb: *a", /not YAML/],
  ])("refuses %s with a sentence", (_name, text, sentence) => expect(faultOf(text)).toMatch(sentence));

  it("names every fault at once", () => {
    expect(faultOf(`${minimal}readTimeout: soon\nhls: maybe`)).toMatch(/readTimeout.*hls: must be true or false/);
  });

  it("reads the tests' own file and names a file that is not there", () => {
    expect(parseSettings(testSettingsText(1)).settings.paths).toHaveLength(2);
    expect(() => loadSettings("/nowhere/mediamtx.yml")).toThrow(/can't be read/);
  });
});
