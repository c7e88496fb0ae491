import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeVideo } from "./fake-video.ts";
import type { FailureReason } from "./ladder-types.ts";
import { createLlHlsPlayer } from "./ll-hls-player.ts";
import { createNativeHlsPlayer } from "./native-hls-player.ts";
import type { Rung } from "./rung.ts";

const { FakeHls } = vi.hoisted(() => {
  type Listener = (name: string, data: object) => void;
  class Hls {
    static readonly Events = { ERROR: "error", FRAG_LOADED: "loaded", BUFFER_APPENDING: "appending" };
    static readonly ErrorTypes = { MEDIA_ERROR: "mediaError", NETWORK_ERROR: "networkError" };
    static readonly made: Hls[] = [];
    readonly calls: string[] = [];
    readonly #listeners = new Map<string, Listener>();

    constructor() {
      Hls.made.push(this);
    }

    on(name: string, listener: Listener): void {
      this.#listeners.set(name, listener);
    }

    tell(name: string, data: object): void {
      this.#listeners.get(name)?.(name, data);
    }

    loadSource(url: string): void {
      this.calls.push(`load ${url}`);
    }

    attachMedia(): void {
      this.calls.push("attach");
    }

    destroy(): void {
      this.calls.push("destroy");
    }
  }
  return { FakeHls: Hls };
});
vi.mock("hls.js", () => ({ default: FakeHls }));

const url = "/live/a/b/hls/index.m3u8";

/** Starts a rung over a fake element. */
function begin(make: (video: HTMLVideoElement) => Rung) {
  const video = new FakeVideo();
  const abort = new AbortController();
  const rung = make(video as unknown as HTMLVideoElement);
  let frames = 0;
  rung.frames(() => {
    frames += 1;
  });
  const ended: { reason?: FailureReason | null } = {};
  const running = rung.start(abort.signal).then((reason) => {
    ended.reason = reason;
  });
  return { video, abort, rung, running, ended, frames: () => frames };
}

function beginLlHls(isShown = true) {
  const clock = { nowMs: 1000 };
  const options = { isShown: () => isShown, nowMs: () => clock.nowMs };
  return { clock, ...begin((video) => createLlHlsPlayer({ video, whepUrl: "", hlsUrl: url, token: () => "" }, options)) };
}

async function untilPlaying(attempt: { video: FakeVideo }) {
  await vi.waitFor(() => expect(attempt.video.calls).toContain("play"));
  const hls = FakeHls.made[0];
  if (hls === undefined) {
    throw new Error("hls.js was not made.");
  }
  return hls;
}

beforeEach(() => {
  FakeHls.made.length = 0;
  vi.stubGlobal("HTMLMediaElement", { HAVE_CURRENT_DATA: 2 });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an LL-HLS attempt", () => {
  it("plays, passes frames on, counts bytes, and is taken apart only when it is aborted", async () => {
    const attempt = beginLlHls();
    const hls = await untilPlaying(attempt);
    expect(hls.calls).toEqual([`load ${url}`, "attach"]);
    attempt.video.paint();
    expect(attempt.frames()).toBe(1);
    hls.tell("loaded", { payload: { byteLength: 2500 } });
    attempt.clock.nowMs += 20;
    expect(await attempt.rung.describe()).toMatchObject({ kbps: 1000, dropped: 3, width: 640 });
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expect(hls.calls.at(-1)).toBe("destroy");
    expect(attempt.video.calls).toEqual(["play", "remove src", "load"]);
    expect(attempt.video.waitingFrames).toBe(0);
  });

  it("that is aborted while hls.js is fetched makes none", async () => {
    const attempt = beginLlHls();
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expect(FakeHls.made).toEqual([]);
    expect(attempt.video.calls).toEqual([]);
  });

  it.each([
    [
      "a refusal before hls.js gives up",
      { fatal: false, type: "networkError", details: "levelLoadError", response: { code: 401 } },
      "unauthorized",
    ],
    ["a missing right", { fatal: false, type: "networkError", details: "fragLoadError", response: { code: 403 } }, "forbidden"],
    ["no such stream", { fatal: true, type: "networkError", details: "manifestLoadError", response: { code: 404 } }, "not-found"],
    ["a broken relay", { fatal: true, type: "networkError", details: "manifestLoadError", response: { code: 503 } }, "network"],
    ["a lost network", { fatal: true, type: "networkError", details: "fragLoadTimeOut" }, "network"],
    ["no common codec", { fatal: true, type: "mediaError", details: "manifestIncompatibleCodecsError" }, "codec"],
    ["a codec that the buffer refuses", { fatal: true, type: "mediaError", details: "bufferAddCodecError" }, "codec"],
    ["one broken segment", { fatal: true, type: "mediaError", details: "fragParsingError" }, "network"],
    ["a buffer that failed once", { fatal: true, type: "mediaError", details: "bufferAppendError" }, "network"],
  ] as const)("ends with %s", async (_name, data, reason) => {
    const attempt = beginLlHls();
    const hls = await untilPlaying(attempt);
    hls.tell("error", data);
    await attempt.running;
    expect(attempt.ended.reason).toBe(reason);
    // The last frame stays until somebody has copied it.
    expect(hls.calls).not.toContain("destroy");
    attempt.abort.abort();
    expect(hls.calls.at(-1)).toBe("destroy");
  });

  it("tells a kick from a missing right by what the playlist answers, and asks it once", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (input: string) => {
      asked.push(input);
      return Promise.resolve(Response.json({ code: "HC_GATEWAY_KICKED", error: "Ended." }, { status: 403 }));
    });
    const attempt = beginLlHls();
    const hls = await untilPlaying(attempt);
    hls.tell("error", { fatal: false, type: "networkError", details: "fragLoadError", response: { code: 403 } });
    hls.tell("error", { fatal: true, type: "networkError", details: "levelLoadError", response: { code: 403 } });
    await attempt.running;
    expect(attempt.ended.reason).toBe("kicked");
    expect(asked).toEqual([url]);
    attempt.abort.abort();
  });

  it("goes on over errors that hls.js mends by itself", async () => {
    const attempt = beginLlHls();
    const hls = await untilPlaying(attempt);
    hls.tell("error", { fatal: false, type: "networkError", details: "fragLoadError", response: { code: 404 } });
    hls.tell("error", { fatal: false, type: "mediaError", details: "bufferStalledError" });
    await new Promise(setImmediate);
    expect(attempt.ended).toEqual({});
    attempt.abort.abort();
  });

  it("runs faster when it is behind, jumps while nobody sees it, and hears nothing after the end", async () => {
    const shown = beginLlHls();
    const hls = await untilPlaying(shown);
    shown.video.bufferedEndS = 0.5;
    hls.tell("appending", {});
    expect(shown.video.playbackRate).toBe(1.1);
    shown.abort.abort();

    FakeHls.made.length = 0;
    const hidden = beginLlHls(false);
    const hiddenHls = await untilPlaying(hidden);
    hidden.video.bufferedEndS = 0.5;
    hiddenHls.tell("appending", {});
    hiddenHls.tell("appending", {});
    expect(hidden.video.currentTime).toBeCloseTo(0.42);
    hidden.abort.abort();
    hidden.video.bufferedEndS = 9;
    hiddenHls.tell("appending", {});
    expect(hidden.video.currentTime).toBeCloseTo(0.42);
  });
});

describe("a native HLS attempt", () => {
  const beginNative = (answer: () => Promise<Response>) => {
    vi.stubGlobal("fetch", answer);
    return begin((video) => createNativeHlsPlayer({ video, whepUrl: "", hlsUrl: url, token: () => "" }));
  };
  const fail = (video: FakeVideo, code: number): void => {
    video.error = { code };
    video.dispatchEvent(new Event("error"));
  };

  it("plays and is taken out of the element with the signal", async () => {
    const attempt = beginNative(() => Promise.resolve(new Response("#EXTM3U")));
    expect(attempt.video.src).toBe(url);
    attempt.video.paint();
    expect(attempt.frames()).toBe(1);
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expect(attempt.video.calls).toEqual(["play", "remove src", "load"]);
    expect(attempt.video.waitingFrames).toBe(0);
  });

  it.each([
    [3, 200, "codec"],
    [4, 401, "unauthorized"],
    [4, 403, "forbidden"],
    [4, 404, "not-found"],
    [4, 503, "network"],
    [4, 200, "network"],
    [2, 200, "network"],
  ] as const)("that fails with media error %d, where the playlist answers %d, is %s", async (code, status, reason) => {
    const attempt = beginNative(() => Promise.resolve(new Response("", { status })));
    fail(attempt.video, code);
    await attempt.running;
    expect(attempt.ended.reason).toBe(reason);
    attempt.abort.abort();
    expect(attempt.video.src).toBe("");
  });

  it("that somebody put out is kicked", async () => {
    const attempt = beginNative(() => Promise.resolve(Response.json({ code: "HC_GATEWAY_KICKED", error: "Ended." }, { status: 403 })));
    fail(attempt.video, 4);
    await attempt.running;
    expect(attempt.ended.reason).toBe("kicked");
  });

  it("counts a playlist that cannot be asked as network", async () => {
    const attempt = beginNative(() => Promise.reject(new TypeError("Failed to fetch")));
    fail(attempt.video, 4);
    await attempt.running;
    expect(attempt.ended.reason).toBe("network");
  });

  it("that is aborted while it asks why ends without a reason", async () => {
    let answer: (reply: Response) => void = () => undefined;
    const attempt = beginNative(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    fail(attempt.video, 4);
    await new Promise(setImmediate);
    attempt.abort.abort();
    answer(new Response("", { status: 401 }));
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
  });
});
