import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeVideo } from "./fake-video.ts";
import type { FailureReason } from "./ladder-types.ts";
import { createWhepPlayer, type KnownIceServers } from "./whep-player.ts";

/** A connection that does what the test says. Every await of the player can be held. */
class FakePeer extends EventTarget {
  static readonly made: FakePeer[] = [];
  static hold: "offer" | "local" | "remote" | "none" = "none";
  static refuses: "offer" | "remote" | "none" = "none";
  readonly receiver = { track: { kind: "video" }, jitterBufferTarget: null };
  readonly configuration: RTCConfiguration;
  iceGatheringState = "complete";
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  remoteSdp: string | null = null;
  closed = false;

  constructor(configuration: RTCConfiguration) {
    super();
    const [server] = configuration.iceServers ?? [];
    if (typeof server?.urls === "string" && server.urls.startsWith("turn") && server.username === undefined) {
      throw new DOMException("Both username and credential are required.", "InvalidAccessError");
    }
    this.configuration = configuration;
    FakePeer.made.push(this);
  }

  addTransceiver() {
    return { receiver: this.receiver };
  }

  async createOffer() {
    await pass("offer");
    if (FakePeer.refuses === "offer") {
      throw new DOMException("No.", "OperationError");
    }
    return { type: "offer", sdp: "v=0 offer" };
  }

  async setLocalDescription(offer: { sdp: string }) {
    await pass("local");
    this.localDescription = offer;
  }

  async setRemoteDescription(answer: { sdp: string }) {
    await pass("remote");
    if (FakePeer.refuses === "remote") {
      throw new DOMException("No.", "OperationError");
    }
    this.remoteSdp = answer.sdp;
  }

  getStats() {
    return Promise.resolve(new Map([["a", { type: "inbound-rtp", timestamp: 1, frameWidth: 640, frameHeight: 360 }]]));
  }

  close() {
    this.closed = true;
  }

  become(connectionState: string) {
    this.connectionState = connectionState;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
}

function pass(step: "offer" | "local" | "remote"): Promise<void> {
  return FakePeer.hold === step ? new Promise(() => undefined) : Promise.resolve();
}

type Request = { readonly method: string; readonly url: string; readonly token: string | null };

const session = "/live/a/b/whep/1234";
const created = (headers: Record<string, string> = {}) =>
  new Response("v=0 answer", { status: 201, headers: { location: session, ...headers } });

/** One attempt over a gateway that gives `answer`. */
function begin(answer: (init: RequestInit) => Promise<Response>, ice: KnownIceServers = { current: [] }) {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    requests.push({ method: init.method ?? "", url, token: headers.get("authorization") });
    return init.method === "DELETE" ? Promise.resolve(new Response(null)) : answer(init);
  });
  const video = new FakeVideo();
  const abort = new AbortController();
  const element = video as unknown as HTMLVideoElement;
  const player = createWhepPlayer({ video: element, whepUrl: "/live/a/b/whep", hlsUrl: "", token: () => "t1" }, ice);
  let frames = 0;
  player.frames(() => {
    frames += 1;
  });
  const ended: { reason?: FailureReason | null } = {};
  const running = player.start(abort.signal).then((reason) => {
    ended.reason = reason;
  });
  const deletes = () => requests.filter(({ method }) => method === "DELETE");
  return { player, video, abort, ended, running, requests, deletes, ice, frames: () => frames };
}

/** What an attempt must leave behind once it is aborted: nothing. */
function expectNothingOpen({ video }: { video: FakeVideo }): void {
  expect(FakePeer.made.map(({ closed }) => closed)).toEqual(FakePeer.made.map(() => true));
  expect(video.srcObject).toBeNull();
  expect(video.waitingFrames).toBe(0);
}

beforeEach(() => {
  FakePeer.made.length = 0;
  FakePeer.hold = "none";
  FakePeer.refuses = "none";
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  vi.stubGlobal("MediaStream", class {});
  vi.stubGlobal("window", { location: { href: "http://relay.example/" } });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a WHEP attempt", () => {
  it("offers, takes the answer, passes frames on, and says when the connection is lost", async () => {
    const attempt = begin(() => Promise.resolve(created()));
    await vi.waitFor(() => expect(FakePeer.made[0]?.remoteSdp).toBe("v=0 answer"));
    expect(attempt.requests).toEqual([{ method: "POST", url: "/live/a/b/whep", token: "Bearer t1" }]);
    attempt.video.paint();
    expect(attempt.frames()).toBe(1);
    expect(await attempt.player.describe()).toMatchObject({ width: 640, height: 360 });
    FakePeer.made[0]?.become("disconnected");
    FakePeer.made[0]?.become("failed");
    await attempt.running;
    expect(attempt.ended.reason).toBe("network");
    // The last frame stays until somebody has copied it.
    expect(attempt.video.srcObject).not.toBeNull();
    attempt.abort.abort();
    expectNothingOpen(attempt);
    expect(attempt.deletes()).toEqual([{ method: "DELETE", url: `http://relay.example${session}`, token: "Bearer t1" }]);
  });

  it.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [406, "codec"],
    [429, "network"],
    [500, "network"],
    [503, "network"],
    [200, "network"],
  ] as const)("is refused with %d: %s", async (status, reason) => {
    const attempt = begin(() => Promise.resolve(Response.json({ code: "HC_X", error: "No." }, { status })));
    await attempt.running;
    expect(attempt.ended.reason).toBe(reason);
    attempt.abort.abort();
    expectNothingOpen(attempt);
    expect(attempt.deletes()).toEqual([]);
  });

  it("counts a lost network as network, and a browser that cannot offer or accept as codec", async () => {
    const lost = begin(() => Promise.reject(new TypeError("Failed to fetch")));
    await lost.running;
    expect(lost.ended.reason).toBe("network");
    for (const step of ["offer", "remote"] as const) {
      FakePeer.refuses = step;
      const refused = begin(() => Promise.resolve(created()));
      await refused.running;
      expect(refused.ended.reason).toBe("codec");
      refused.abort.abort();
      expect(refused.deletes()).toHaveLength(step === "remote" ? 1 : 0);
    }
  });
});

describe("aborting a WHEP attempt", () => {
  it.each(["offer", "local", "remote"] as const)("while the browser works on the %s leaves nothing open", async (step) => {
    FakePeer.hold = step;
    const attempt = begin(() => Promise.resolve(created()));
    await vi.waitFor(() => expect(attempt.requests).toHaveLength(step === "remote" ? 1 : 0));
    await new Promise(setImmediate);
    attempt.abort.abort();
    expectNothingOpen(attempt);
    expect(attempt.deletes()).toHaveLength(step === "remote" ? 1 : 0);
  });

  it("while the gateway answers ends without a reason", async () => {
    const attempt = begin(
      ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")))),
    );
    await vi.waitFor(() => expect(attempt.requests).toHaveLength(1));
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expectNothingOpen(attempt);
  });

  it("while the answer's body comes ends the session that is already open", async () => {
    const attempt = begin(({ signal }) => {
      const body = new ReadableStream({
        start: (stream) => signal?.addEventListener("abort", () => stream.error(new DOMException("Aborted", "AbortError"))),
      });
      return Promise.resolve(new Response(body, { status: 201, headers: { location: session } }));
    });
    await vi.waitFor(() => expect(attempt.requests).toHaveLength(1));
    await new Promise(setImmediate);
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expect(attempt.deletes()).toHaveLength(1);
    expectNothingOpen(attempt);
  });

  it("while the browser takes its own offer sends nothing", async () => {
    FakePeer.hold = "local";
    const attempt = begin(() => Promise.resolve(created()));
    await vi.waitFor(() => expect(FakePeer.made).toHaveLength(1));
    attempt.abort.abort();
    expect(attempt.requests).toEqual([]);
    expectNothingOpen(attempt);
  });

  it("while it plays ends without a reason, and leaves a newer picture in the element alone", async () => {
    const attempt = begin(() => Promise.resolve(created()));
    await vi.waitFor(() => expect(FakePeer.made[0]?.remoteSdp).not.toBeNull());
    const newer = {};
    attempt.video.srcObject = newer;
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.ended.reason).toBeNull();
    expect(attempt.video.srcObject).toBe(newer);
  });
});

describe("candidates", () => {
  const offer = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
  const find = (peer: FakePeer | undefined, candidate: string) =>
    peer?.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: { candidate } }));

  it("hold the offer up for nothing, and follow in one PATCH when all are found", async () => {
    const creating = vi.spyOn(FakePeer.prototype, "createOffer").mockImplementation(async function (this: FakePeer) {
      this.iceGatheringState = "gathering";
      return { type: "offer", sdp: offer };
    });
    const bodies: string[] = [];
    const attempt = begin((init) => {
      bodies.push(String(init.body));
      return Promise.resolve(init.method === "PATCH" ? new Response(null, { status: 204 }) : created());
    });
    await vi.waitFor(() => expect(FakePeer.made[0]?.remoteSdp).not.toBeNull());
    expect(attempt.requests.map(({ method }) => method)).toEqual(["POST"]);
    find(FakePeer.made[0], "candidate:1 1 udp 2113937151 192.0.2.7 5000 typ host");
    Object.assign(FakePeer.made[0] ?? {}, { iceGatheringState: "complete" });
    FakePeer.made[0]?.dispatchEvent(new Event("icegatheringstatechange"));
    await vi.waitFor(() => expect(attempt.requests.map(({ method }) => method)).toEqual(["POST", "PATCH"]));
    expect(attempt.requests[1]).toMatchObject({ url: "http://relay.example/live/a/b/whep/1234", token: "Bearer t1" });
    expect(bodies[1]).toContain(
      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:0\r\na=candidate:1 1 udp",
    );
    attempt.abort.abort();
    await attempt.running;
    expectNothingOpen(attempt);
    creating.mockRestore();
  });

  it("are not sent for an attempt that is over", async () => {
    const attempt = begin(() => Promise.resolve(created()));
    find(FakePeer.made[0], "candidate:1 1 udp 2113937151 192.0.2.7 5000 typ host");
    Object.assign(FakePeer.made[0] ?? {}, { iceGatheringState: "gathering" });
    await vi.waitFor(() => expect(FakePeer.made[0]?.remoteSdp).not.toBeNull());
    attempt.abort.abort();
    await attempt.running;
    expect(attempt.requests.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
  });
});

describe("the ICE servers of a WHEP answer", () => {
  it("are used by the next attempt", async () => {
    const link = '<turn:turn.example:3478>; rel="ice-server"; username="u"; credential="c"; credential-type="password"';
    const first = begin(() => Promise.resolve(created({ link })));
    await vi.waitFor(() => expect(first.ice.current).toHaveLength(1));
    begin(() => Promise.resolve(created()), first.ice);
    expect(FakePeer.made[1]?.configuration.iceServers).toEqual([{ urls: "turn:turn.example:3478", username: "u", credential: "c" }]);
  });

  it("that the browser refuses do not stop the next attempt", async () => {
    const ice: KnownIceServers = { current: [{ urls: "turn:turn.example:3478" }] };
    const attempt = begin(() => Promise.resolve(created()), ice);
    await vi.waitFor(() => expect(FakePeer.made[0]?.remoteSdp).toBe("v=0 answer"));
    expect(FakePeer.made[0]?.configuration.iceServers).toEqual([]);
    attempt.abort.abort();
    expectNothingOpen(attempt);
  });
});
