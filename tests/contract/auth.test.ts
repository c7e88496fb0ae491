import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { credentials, type Question } from "./rig/callback.ts";
import { describeEngines } from "./rig/engine.ts";
import { publish, startPublisher, startReader } from "./rig/ffmpeg.ts";
import { getHls } from "./rig/hls.ts";
import { createPeer } from "./rig/peer.ts";
import { openRtsp, publisherSdp } from "./rig/rtsp-client.ts";
import { waitFor, within } from "./rig/wait.ts";
import { postOffer, requestWhep } from "./rig/whep.ts";

const fields = ["ip", "user", "password", "token", "action", "path", "protocol", "id", "query", "userAgent"];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const bearer = `Bearer ${credentials.viewerToken}`;

describeEngines("auth callback", (engine) => {
  const asked = (action: string): readonly Question[] =>
    engine()
      .callback.asked()
      .filter((question) => question.action === action);

  beforeAll(async () => {
    await publish(engine(), "dev/cam");
  }, 20_000);

  beforeEach(() => engine().callback.forget());
  afterEach(() => engine().callback.override(null));

  it("is asked twice at an RTSP publish with credentials in the URL: first without, then with them", async () => {
    const publisher = await publish(engine(), "dev/asked");
    const questions = asked("publish");
    expect(questions).toHaveLength(2);
    expect(questions[0]).toMatchObject({
      user: "",
      password: "",
      token: "",
      path: "dev/asked",
      protocol: "rtsp",
      ip: "127.0.0.1",
      query: "",
    });
    expect(questions[1]).toMatchObject({ user: "cam", password: "publish-ok", path: "dev/asked", protocol: "rtsp" });
    expect(questions[1]?.id).toMatch(uuid);
    expect(questions[1]?.userAgent).toMatch(/^Lavf/);
    const session = (await engine().api.sessions("rtspsessions")).find((item) => item.path === "dev/asked");
    expect(session?.id).toBe(questions[1]?.id);
    await publisher.stop();
  });

  it("gets every field of the contract with every question, as JSON by POST", async () => {
    const reader = startReader(engine(), "dev/cam");
    await waitFor("the questions", () => asked("read").length === 3);
    await reader.stop();
    for (const question of asked("read")) {
      expect(Object.keys(question)).toEqual(expect.arrayContaining(fields));
    }
    expect([...engine().callback.requests]).toEqual(["POST application/json"]);
  });

  it("is asked at an RTSP read: at DESCRIBE without and with credentials, at SETUP with the session's id, then no more", async () => {
    const reader = startReader(engine(), "dev/cam");
    const session = await waitFor("the reader", async () =>
      (await engine().api.sessions("rtspsessions")).find((item) => item.state === "read"),
    );
    await waitFor(
      "bytes to flow",
      async () => Number((await engine().api.sessions("rtspsessions")).find((item) => item.id === session.id)?.["outboundBytes"]) > 0,
    );
    const questions = asked("read");
    expect(questions).toHaveLength(3);
    const [open, described, setUp] = questions;
    expect(open).toMatchObject({ user: "", password: "", token: "", path: "dev/cam", protocol: "rtsp" });
    expect(described).toMatchObject({
      user: "viewer",
      password: "read-ok",
      token: "read-ok",
      path: "dev/cam",
      protocol: "rtsp",
      id: open?.id,
    });
    expect(setUp).toMatchObject({ user: "viewer", password: "read-ok", path: "dev/cam", protocol: "rtsp", id: session.id });
    await reader.stop();
  });

  it("gets the token and the raw query of an RTSP URL", async () => {
    const connection = engine().own(await openRtsp(engine().ports.rtsp));
    engine().callback.override((question) => (question.token === "abc" ? 204 : 401));
    const url = `rtsp://127.0.0.1:${engine().ports.rtsp}/dev/token?token=abc&x=1`;
    const reply = await connection.request("ANNOUNCE", url, { "Content-Type": "application/sdp" }, publisherSdp);
    connection.stop();
    expect(reply.status).toBe(200);
    expect(asked("publish")).toHaveLength(1);
    expect(asked("publish")[0]).toMatchObject({ token: "abc", query: "token=abc&x=1", path: "dev/token" });
  });

  it("is asked once at WHEP OPTIONS with id null, and not at a preflight", async () => {
    expect((await requestWhep(engine(), { method: "OPTIONS", path: "/dev/cam/whep", authorization: bearer })).status).toBe(204);
    expect(asked("read")).toHaveLength(1);
    expect(asked("read")[0]).toMatchObject({ id: null, path: "dev/cam", protocol: "webrtc", token: credentials.viewerToken });
    const preflight = await requestWhep(engine(), {
      method: "OPTIONS",
      path: "/dev/cam/whep",
      authorization: null,
      headers: { "access-control-request-method": "POST", origin: "http://page.example" },
    });
    expect(preflight.status).toBe(204);
    expect(asked("read")).toHaveLength(1);
  });

  it("is asked once at a WHEP POST, with the id of the session; PATCH and DELETE ask nothing", async () => {
    const peer = engine().own(await createPeer("read"));
    const response = await postOffer(engine(), "/dev/cam/whep?x=1", peer.offer, { authorization: bearer, path: "/dev/cam/whep?x=1" });
    expect(response.status).toBe(201);
    expect(asked("read")).toHaveLength(1);
    expect(asked("read")[0]).toMatchObject({
      id: response.headers.get("id"),
      path: "dev/cam",
      query: "x=1",
      token: credentials.viewerToken,
      user: "",
    });
    const location = response.headers.get("location") ?? "";
    expect((await requestWhep(engine(), { method: "DELETE", path: location, authorization: null })).status).toBe(200);
    expect(asked("read")).toHaveLength(1);
  });

  it("gets Basic credentials of a WHEP POST in user and password, and the password again as token", async () => {
    const peer = engine().own(await createPeer("read"));
    expect(
      (await postOffer(engine(), "/dev/cam/whep", peer.offer, { headers: { "content-type": "application/sdp", "user-agent": "me/1" } }))
        .status,
    ).toBe(201);
    expect(asked("read")[0]).toMatchObject({ user: "viewer", password: "read-ok", token: "read-ok", userAgent: "me/1", ip: "127.0.0.1" });
  });

  it("is not asked at all in HLS CDN mode", async () => {
    expect((await getHls(engine(), "dev/cam/index.m3u8")).status).toBe(200);
    expect(engine().callback.asked()).toHaveLength(0);
  });

  it.each([200, 204, 299])("takes %i for a yes", async (status) => {
    engine().callback.override(() => status);
    expect((await requestWhep(engine(), { method: "OPTIONS", path: "/dev/cam/whep", authorization: null })).status).toBe(204);
  });

  it.each([302, 400, 403, 500])("takes %i for a no", async (status) => {
    engine().callback.override(() => status);
    expect((await requestWhep(engine(), { method: "OPTIONS", path: "/dev/cam/whep", authorization: null })).status).toBe(401);
  });

  it("holds the answer to wrong credentials back for up to 4 s, and not the answer to none", async () => {
    const timed = async (authorization: string | null): Promise<{ tookMs: number; status: number; challenge: string | null }> => {
      const beforeMs = performance.now();
      const response = await requestWhep(engine(), { method: "OPTIONS", path: "/dev/cam/whep", authorization });
      return { tookMs: performance.now() - beforeMs, status: response.status, challenge: response.headers.get("www-authenticate") };
    };
    const wrong = basic({ user: "viewer", password: "wrong" });
    const [none, ...denied] = await Promise.all([timed(null), ...Array.from({ length: 6 }, () => timed(wrong))]);
    expect(none).toMatchObject({ status: 401, challenge: 'Basic realm="mediamtx"' });
    expect(none?.tookMs).toBeLessThan(500);
    for (const answer of denied) {
      expect(answer).toMatchObject({ status: 401, challenge: null });
      expect(answer.tookMs).toBeLessThan(5000);
    }
    expect(Math.max(...denied.map((answer) => answer.tookMs))).toBeGreaterThan(300);
  });

  it("refuses publishers and readers while nobody answers, and goes on afterwards", async () => {
    await engine().callback.goDown();
    const publisher = startPublisher(engine(), "dev/unanswered");
    const peer = engine().own(await createPeer("read"));
    const answers = Promise.all([
      within("ffmpeg's end", publisher.exited, 12_000),
      requestWhep(engine(), { method: "OPTIONS", path: "/dev/cam/whep", authorization: null }),
      postOffer(engine(), "/dev/cam/whep", peer.offer, { authorization: bearer }),
    ]);
    const [code, options, post] = await answers.finally(() => engine().callback.comeBack());
    expect(code).not.toBe(0);
    expect(options.status).toBe(401);
    expect(post.status).toBe(401);
    expect(await engine().api.path("dev/unanswered")).toBeNull();
    expect((await engine().api.path("dev/cam"))?.online).toBe(true);
  });

  it("guards API and metrics: no credentials and wrong ones are refused", async () => {
    const { api, metrics } = engine().ports;
    for (const url of [`http://127.0.0.1:${api}/v3/info`, `http://127.0.0.1:${metrics}/metrics`]) {
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(url, { headers: { authorization: basic(credentials.api) } })).status).toBe(200);
    }
    const wrong = await fetch(`http://127.0.0.1:${api}/v3/paths/list`, { headers: { authorization: basic(credentials.viewer) } });
    expect(wrong.status).toBe(401);
  });
});
