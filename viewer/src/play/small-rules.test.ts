import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.ts";
import { addFrame, framesPerSecond, medianIntervalMs, noPace } from "./frame-pace.ts";
import { parseIceServers } from "./ice-servers.ts";
import { once } from "./once.ts";
import { findHlsWay, findRungs } from "./supported-rungs.ts";
import { compareCounts } from "./whep-facts.ts";

describe("ICE servers of a Link header", () => {
  it("reads STUN and TURN as MediaMTX writes them", () => {
    const header =
      '<stun:stun.example:3478>; rel="ice-server", <turn:turn.example:3478?transport=udp>; rel="ice-server"; username="1700:a\\"b"; credential="x,y;z"; credential-type="password"';
    expect(parseIceServers(header)).toEqual([
      { urls: "stun:stun.example:3478" },
      { urls: "turn:turn.example:3478?transport=udp", username: '1700:a"b', credential: "x,y;z" },
    ]);
  });

  it("leaves out other links, other schemes and what it cannot read", () => {
    const others = '</style.css>; rel="preload", <https://evil.example>; rel="ice-server", <turn:no-quote; rel=ice-server';
    expect(parseIceServers(others)).toEqual([]);
    expect(parseIceServers(null)).toEqual([]);
    expect(parseIceServers("")).toEqual([]);
  });

  it("leaves out TURN without both credentials, at which a browser throws", () => {
    const header =
      '<turn:a>; rel="ice-server", <turns:b>; rel="ice-server"; username="u", <stun:c>; rel="ice-server"; username="u"; credential="c"';
    expect(parseIceServers(header)).toEqual([{ urls: "stun:c" }]);
  });

  it("takes a handful at most", () => {
    const header = Array.from({ length: 100 }, (_, index) => `<stun:s${index}>; rel="ice-server"`).join(", ");
    expect(parseIceServers(header)).toHaveLength(8);
  });
});

describe("what a refusal means", () => {
  it.each([
    [401, "", "unauthorized"],
    [403, "", "forbidden"],
    [403, "HC_GATEWAY_KICKED", "kicked"],
    [404, "", "not-found"],
    [406, "", "codec"],
    [400, "HC_ENGINE_CODEC_UNSUPPORTED", "codec"],
    [400, "HC_WHEP_BAD_OFFER", "network"],
    [429, "", "network"],
    [502, "", "network"],
    [0, "", "network"],
  ])("%d %s is %s", (status, code, expected) => {
    expect(failureOf(status, code)).toBe(expected);
  });
});

describe("the pace of frames", () => {
  it("has a median that one stall does not move, and a rate that it does", () => {
    const times = [0, 33, 66, 99, 1099, 1132, 1165];
    const pace = times.reduce(addFrame, noPace);
    expect(medianIntervalMs(pace)).toBe(33);
    expect(framesPerSecond(pace)).toBeCloseTo(5.15, 1);
  });

  it("is zero before two frames and remembers about a second", () => {
    expect(medianIntervalMs(addFrame(noPace, 5))).toBe(0);
    expect(framesPerSecond(noPace)).toBe(0);
    const many = Array.from({ length: 200 }, (_, index) => index * 40).reduce(addFrame, noPace);
    expect(many.intervalsMs.length).toBeLessThanOrEqual(31);
  });
});

describe("the rungs a browser can try", () => {
  it.each([
    ["Chromium", { RTCPeerConnection: 1, MediaSource: 1 }, "", ["whep", "hls"], "media-source"],
    ["iPhone, iOS 17.1 and later", { RTCPeerConnection: 1, ManagedMediaSource: 1 }, "maybe", ["whep", "hls"], "media-source"],
    ["iPhone before", { RTCPeerConnection: 1 }, "maybe", ["whep", "hls"], "native"],
    ["without WebRTC", { MediaSource: 1 }, "", ["hls"], "media-source"],
    ["with nothing", {}, "", [], "none"],
  ])("%s", (_name, scope, canPlay, rungs, way) => {
    const hlsWay = findHlsWay(scope, () => canPlay);
    expect(hlsWay).toBe(way);
    expect(findRungs(scope, hlsWay)).toEqual(rungs);
  });
});

describe("rates between two readings of the statistics", () => {
  it("are bits and mean waits of the time between", () => {
    const before = { atMs: 1000, bytes: 0, delayS: 1, emitted: 10 };
    expect(compareCounts(before, { atMs: 2000, bytes: 187_500, delayS: 1.3, emitted: 40 })).toEqual({
      kbps: 1500,
      bufferMs: expect.closeTo(10),
    });
    expect(compareCounts(before, before)).toEqual({ kbps: null, bufferMs: null });
  });
});

describe("waiting for an event", () => {
  it("ends at the event that fulfils it, or with the signal, and leaves no listener", async () => {
    const target = new EventTarget();
    let count = 0;
    const waiting = once(target, "tick", () => count >= 2, new AbortController().signal);
    for (count = 1; count <= 2; count++) {
      target.dispatchEvent(new Event("tick"));
    }
    await waiting;
    await once(target, "tick", () => false, AbortSignal.abort());
    expect(count).toBe(3);
  });
});
