import { AppError } from "@helmcast/config";
import { FakeClock, silentLog } from "@helmcast/runtime";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebrtcSettings } from "../settings/embedded-settings.ts";
import type { AuthQuestion } from "../stream/types.ts";
import { isRtcp } from "./rtcp.ts";
import { chromiumOffer } from "./testing/chromium-offer.ts";
import { createFakePeers, FakeStream, makeUnit } from "./testing/fakes.ts";
import { webrtcSettings } from "./testing/settings.ts";
import { createWebrtcServer } from "./webrtc-server.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function setUp(change: Partial<WebrtcSettings> = {}, gate: Promise<void> = Promise.resolve()) {
  const peers = createFakePeers();
  const stream = new FakeStream();
  const clock = new FakeClock();
  const questions: AuthQuestion[] = [];
  const server = createWebrtcServer({
    settings: webrtcSettings(change),
    streams: {
      find: (path) => (path === "dev/cam" ? stream : null),
      isConfigured: (path) => path.startsWith("dev/"),
      publish: () => {
        throw new AppError("HC_EMBEDDED_PATH_TAKEN");
      },
    },
    auth: {
      ask: async (question) => {
        questions.push(question);
        await gate;
        return question.path === "dev/locked" || question.user === "bad" ? "denied" : "allowed";
      },
    },
    clock,
    random: () => 0.5,
    log: silentLog(),
    peers,
  });
  await server.start();
  stops.push(() => server.stop());
  const base = `http://127.0.0.1:${server.port}`;
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> =>
    fetch(base + path, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) });
  const post = (path = "/dev/cam/whep", body = chromiumOffer(), headers: Record<string, string> = {}): Promise<Response> =>
    call("POST", path, { "content-type": "application/sdp", ...headers }, body);
  return { server, peers, stream, clock, questions, call, post };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const unknown = "7a0e63f2-a6c8-4ba2-9e9c-9e1e5d6b7c44";
const trickle = { "content-type": "application/trickle-ice-sdpfrag" };

describe("POST", () => {
  it("answers 201 with everything a client needs", async () => {
    const { post, server, questions } = await setUp({
      iceServers: [{ url: "stun:s.example:3478", username: "", password: "", clientOnly: false }],
    });
    const answer = await post("/dev/cam/whep?a=b", chromiumOffer(), { authorization: "Bearer tok", origin: "http://page.example" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("application/sdp");
    expect(answer.headers.get("location")).toMatch(/^\/dev\/cam\/whep\/[0-9a-f-]{36}\?a=b$/);
    expect(answer.headers.get("etag")).toBe("*");
    expect(answer.headers.get("accept-patch")).toBe("application/trickle-ice-sdpfrag");
    expect(answer.headers.get("link")).toBe('<stun:s.example:3478>; rel="ice-server"');
    expect(answer.headers.get("access-control-expose-headers")).toBe("ETag, ID, Accept-Patch, Link, Location");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    const id = answer.headers.get("id") ?? "";
    expect(id).toMatch(uuid);
    expect(answer.headers.get("location")).not.toContain(id);
    expect(await answer.text()).toContain("a=end-of-candidates");
    expect(questions).toMatchObject([
      { id, token: "tok", action: "read", protocol: "webrtc", path: "dev/cam", query: "a=b", ip: "127.0.0.1" },
    ]);
    expect(server.sessions()).toMatchObject([{ id, state: "read", path: "dev/cam", query: "a=b", peerConnectionEstablished: false }]);
  });

  it.each([
    ["another media type", "/dev/cam/whep", chromiumOffer(), { "content-type": "text/plain" }, 400, "invalid Content-Type"],
    [
      "another media type with a large body",
      "/dev/cam/whep",
      "v".repeat(1_000_000),
      { "content-type": "x/y" },
      400,
      "invalid Content-Type",
    ],
    ["malformed SDP", "/dev/cam/whep", "hello", {}, 400, "malformed SDP offer"],
    ["no common codec", "/dev/cam/whep", chromiumOffer({ videoCodecs: "vp8-only" }), {}, 400, "codecs not supported by client"],
    ["no publisher", "/dev/other/whep", chromiumOffer(), {}, 404, "no stream is available on path 'dev/other'"],
    ["a path that is not configured", "/nope/whep", chromiumOffer(), {}, 400, "path 'nope' is not configured"],
    ["dot segments", "/dev%2F..%2Fx/whep", chromiumOffer(), {}, 400, "can't contain dot path segments"],
    ["a WHIP offer of VP8", "/dev/new/whip", chromiumOffer({ videoCodecs: "vp8-only", direction: "sendonly" }), {}, 406, "no track with"],
    ["malformed SDP by WHIP", "/dev/new/whip", "hello", {}, 400, "malformed SDP offer"],
    ["a body over 128 KiB", "/dev/cam/whep", "v".repeat(5_000_000), {}, 413, "128 KiB"],
  ] as const)("refuses %s", async (_name, path, body, headers, status, words) => {
    const { post, server } = await setUp();
    const answer = await post(path, body, headers);
    const text: unknown = await answer.json();
    expect(answer.status).toBe(status);
    expect(text).toMatchObject({ status: "error", error: expect.stringContaining(words), code: expect.stringMatching(/^HC_/) });
    expect(server.sessions()).toHaveLength(0);
  });

  it("asks for credentials where there are none, and does not where they are wrong", async () => {
    const { post } = await setUp();
    const nobody = await post("/dev/locked/whep");
    expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="mediamtx"']);
    const wrong = await post("/dev/locked/whep", chromiumOffer(), { authorization: `Basic ${btoa("bad:pw")}` });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, null]);
  });

  it("says 400 when the path has as many readers as it may have, and closes the connection it had begun", async () => {
    const { post, stream, peers, server } = await setUp();
    stream.refuseReader = new AppError("HC_EMBEDDED_READER_LIMIT");
    const answer = await post();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "HC_EMBEDDED_READER_LIMIT" });
    expect(peers.made[0]?.closed).toBe(true);
    expect(server.sessions()).toHaveLength(0);
  });
});

describe("a POST that comes at a bad time", () => {
  it("leaves nothing behind when the stream ends while the session is made", async () => {
    const { post, stream, peers, server } = await setUp();
    stream.endNewReaders = true;
    const answer = await post();
    expect([answer.status, peers.made[0]?.closed, server.sessions()]).toEqual([404, true, []]);
  });

  it("makes no connection when the server stops while the callback is asked", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { post, server, peers, questions } = await setUp({}, gate);
    const answer = post().catch(() => "cut off");
    await vi.waitFor(() => expect(questions).toHaveLength(1));
    await server.stop();
    open();
    expect(await answer).toBe("cut off");
    expect([peers.made, server.sessions()]).toEqual([[], []]);
  });

  it("takes sessions again after a stop and a start", async () => {
    const { post, server } = await setUp();
    expect((await post()).status).toBe(201);
    await server.stop();
    await server.start();
    const answer = await fetch(`http://127.0.0.1:${server.port}/dev/cam/whep`, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: chromiumOffer(),
    });
    expect([answer.status, server.sessions().length]).toEqual([201, 1]);
  });
});

describe("other methods", () => {
  it.each([
    ["GET", "/dev/cam/whep", {}, 405],
    ["HEAD", "/dev/cam/whep", {}, 405],
    ["PUT", "/dev/cam/whep", {}, 405],
    ["DELETE", "/dev/cam/whep", {}, 404],
    ["GET", `/dev/cam/whep/${unknown}`, {}, 404],
    ["OPTIONS", `/dev/cam/whep/${unknown}`, {}, 404],
    ["DELETE", `/dev/cam/whep/${unknown}`, {}, 404],
    ["DELETE", "/dev/cam/whep/abc", {}, 400],
    ["PATCH", "/dev/cam/whep/abc", trickle, 400],
    ["PATCH", `/dev/cam/whep/${unknown}`, { "content-type": "text/plain" }, 400],
    ["PATCH", `/dev/cam/whep/${unknown}`, trickle, 404],
    ["GET", "/", {}, 404],
    ["OPTIONS", "/dev/cam/whep", {}, 204],
    ["OPTIONS", "/dev/other/whep", {}, 204],
    ["OPTIONS", "/nope/whep", {}, 500],
    ["OPTIONS", "/dev/locked/whep", {}, 401],
    ["OPTIONS", "/dev/locked/whep", { "access-control-request-method": "POST" }, 204],
  ] as const)("%s %s %o -> %i", async (method, path, headers, status) => {
    const { call } = await setUp();
    expect((await call(method, path, headers)).status).toBe(status);
  });

  it("names no origin that is not allowed", async () => {
    const { call } = await setUp({ allowOrigins: ["http://good.example"] });
    const preflight = { "access-control-request-method": "POST" };
    const good = await call("OPTIONS", "/dev/cam/whep", { ...preflight, origin: "http://good.example" });
    const other = await call("OPTIONS", "/dev/cam/whep", { ...preflight, origin: "http://other.example" });
    expect(good.headers.get("access-control-allow-origin")).toBe("http://good.example");
    expect(good.headers.get("access-control-allow-methods")).toBe("OPTIONS, GET, POST, PATCH, DELETE");
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    expect([good.headers.get("vary"), other.headers.get("vary")]).toEqual(["Origin", "Origin"]);
  });
});

describe("a session", () => {
  async function open(change: Partial<WebrtcSettings> = {}) {
    const parts = await setUp(change);
    const answer = await parts.post();
    const peer = parts.peers.made[0];
    if (peer === undefined) {
      throw new Error("no peer was made");
    }
    return { ...parts, answer, peer, location: answer.headers.get("location") ?? "", id: answer.headers.get("id") ?? "" };
  }

  it("ends by DELETE without credentials, under any path", async () => {
    const { call, location, peer, server, stream } = await open();
    const answer = await call("DELETE", location.replace("/dev/cam/", "/anything/"));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok" });
    expect(peer.closed).toBe(true);
    expect(server.sessions()).toHaveLength(0);
    expect(stream.readers.size).toBe(0);
    expect((await call("DELETE", location)).status).toBe(404);
  });

  it("takes trickled candidates, and uses those with an address when its own checks have not come through", async () => {
    const { call, location, peer, clock } = await open();
    const body = "a=ice-ufrag:vDtp\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:9 1 udp 1 192.0.2.9 4000 typ host\r\n";
    expect((await call("PATCH", location, trickle, body)).status).toBe(204);
    expect((await call("PATCH", location, trickle, "what?")).status).toBe(400);
    expect((await call("PATCH", location, trickle, "")).status).toBe(204);
    expect(peer.candidates).toEqual([]);
    await clock.advance(500);
    expect(peer.candidates.map((candidate) => candidate.split(" ")[4])).toEqual(["192.0.2.7", "192.0.2.9"]);
  });

  it("answers an ICE restart with 404 and ends, so that the client makes a new session", async () => {
    const { call, location, peer } = await open();
    const answer = await call("PATCH", location, trickle, "a=ice-ufrag:other\r\na=ice-pwd:1Mg3nC0eYBYJmZPi0y+2qVbS\r\n");
    expect(answer.status).toBe(404);
    expect(peer.closed).toBe(true);
  });

  it("takes a new user name without its password for no restart", async () => {
    const { call, location, peer } = await open();
    const answer = await call("PATCH", location, trickle, "a=ice-ufrag:other\r\n");
    expect([answer.status, peer.closed]).toEqual([204, false]);
  });

  it("dies when it is not connected in time", async () => {
    const { call, location, clock, peer } = await open({ handshakeTimeoutMs: 3000 });
    await clock.advance(3500);
    expect(peer.closed).toBe(true);
    expect((await call("PATCH", location, trickle, "")).status).toBe(404);
  });

  it("shows the cached pictures at once when it connects, then each picture as it comes", async () => {
    const { peer, stream, server, id } = await open();
    stream.push(makeUnit(0, true));
    stream.push(makeUnit(3000, false));
    expect(peer.sent).toHaveLength(0);
    peer.events.onState("connected");
    const rtp = (): number => peer.sent.filter((item) => !isRtcp(item.packet)).length;
    expect(rtp()).toBe(2);
    stream.push(makeUnit(6000, false));
    expect(rtp()).toBe(3);
    expect(stream.outboundBytes).toBeGreaterThan(0);
    expect(server.sessions()).toMatchObject([
      { id, peerConnectionEstablished: true, localCandidate: "host/udp/127.0.0.1/8189", outboundRTPPackets: 3 },
    ]);
  });

  it("asks the source for a key frame when nothing is cached, and when the viewer does", async () => {
    const { peer, stream } = await open();
    peer.events.onState("connected");
    expect(stream.keyFrameRequests).toBe(1);
    peer.events.onPacket("0", Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]));
    expect(stream.keyFrameRequests).toBe(2);
  });

  it.each([
    ["at the start", true],
    ["later", false],
  ])("is closed by a stream that WebRTC can't carry, known %s", async (_name, first) => {
    const { answer, peer, stream, server } = await open();
    expect(answer.status).toBe(201);
    stream.webrtcRefusal = first ? "B-frames." : null;
    peer.events.onState("connected");
    stream.webrtcRefusal = "B-frames.";
    stream.push(makeUnit(0, true));
    expect(peer.closed).toBe(true);
    expect(peer.sent).toHaveLength(0);
    expect(server.sessions()).toHaveLength(0);
  });

  it("ends with its publisher, with its viewer, by kick, by silence and with the server", async () => {
    for (const end of ["publisher", "viewer", "kick", "silence", "server"] as const) {
      const { peer, stream, server, clock, id } = await open();
      peer.events.onState("connected");
      const act = {
        publisher: async () => stream.end(),
        viewer: async () => peer.events.onState("closed"),
        kick: async () => expect(server.kick(id)).toBe(true),
        silence: () => clock.advance(11_000),
        server: () => server.stop(),
      };
      await act[end]();
      expect([end, peer.closed, server.sessions().length, stream.readers.size]).toEqual([end, true, 0, 0]);
      expect(server.kick(id)).toBe(false);
    }
  });
});
