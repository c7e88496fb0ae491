import { beforeAll, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { credentials } from "./rig/callback.ts";
import { describeEngines } from "./rig/engine.ts";
import { publish, startReader } from "./rig/ffmpeg.ts";
import { getHls } from "./rig/hls.ts";
import { limitedPath } from "./rig/settings-file.ts";
import { waitFor, within } from "./rig/wait.ts";
import { connectPeer, waitForEnd } from "./rig/whep.ts";

const unknownId = "00000000-0000-4000-8000-000000000000";

describeEngines("control API", (engine) => {
  beforeAll(async () => {
    await publish(engine(), "dev/cam", { audio: true });
  }, 20_000);

  it("tells version and start", async () => {
    const { status, body } = await engine().api.call("GET", "/v3/info");
    expect(status).toBe(200);
    expect(String(body["version"]).trim()).toMatch(/^v?\d+\.\d+\.\d+/);
    expect(Number.isNaN(Date.parse(String(body["started"])))).toBe(false);
  });

  it("lists exact paths always and regex paths while in use", async () => {
    const { body } = await engine().api.call("GET", "/v3/paths/list");
    const items = body["items"] as ReadonlyArray<Readonly<Record<string, unknown>>>;
    expect(body).toMatchObject({ itemCount: 2, pageCount: 1 });
    expect(items.map((item) => item["name"]).toSorted()).toEqual(["dev/cam", limitedPath]);
    expect(items.find((item) => item["name"] === limitedPath)).toMatchObject({
      online: false,
      ready: false,
      source: null,
      readers: [],
      inboundBytes: 0,
    });
    expect(items.find((item) => item["name"] === "dev/cam")).toMatchObject({
      confName: "~^dev/[a-z0-9-]+$",
      online: true,
      ready: true,
      available: true,
      source: { type: "rtspSession" },
      tracks: ["H264", "Opus"],
      inboundFramesInError: 0,
    });
  });

  it("pages lists", async () => {
    const first = await engine().api.call("GET", "/v3/paths/list?itemsPerPage=1&page=0");
    const second = await engine().api.call("GET", "/v3/paths/list?itemsPerPage=1&page=1");
    expect(first.body).toMatchObject({ itemCount: 2, pageCount: 2 });
    const name = (page: typeof first): unknown => (page.body["items"] as ReadonlyArray<Readonly<Record<string, unknown>>>)[0]?.["name"];
    expect(new Set([name(first), name(second)]).size).toBe(2);
  });

  it.each(["itemsPerPage=0", "itemsPerPage=x", "page=-1", "page=x"])("refuses the page query %s with 400", async (query) => {
    expect((await engine().api.call("GET", `/v3/paths/list?${query}`)).status).toBe(400);
  });

  it("counts bytes that come in", async () => {
    const before = await engine().api.path("dev/cam");
    await waitFor(
      "more bytes",
      async () => ((await engine().api.path("dev/cam"))?.inboundBytes ?? 0) > (before?.inboundBytes ?? 0) + 20_000,
    );
  });

  it("answers 404 with a reason for what is not there", async () => {
    const { api } = engine();
    const missing = await api.call("GET", "/v3/paths/get/dev/none");
    expect(missing).toMatchObject({ status: 404, body: { status: "error", error: expect.any(String) } });
    for (const kind of ["rtspsessions", "webrtcsessions", "hlssessions"] as const) {
      expect(await api.kick(kind, unknownId)).toBe(404);
    }
    expect((await api.call("GET", `/v3/webrtcsessions/get/${unknownId}`)).status).toBe(404);
    expect((await api.call("GET", "/v3/nothing")).status).toBe(404);
  });

  it("kicks a publisher: ffmpeg ends, the path goes", async () => {
    const publisher = await publish(engine(), "dev/kicked");
    const id = (await engine().api.path("dev/kicked"))?.source?.id ?? "";
    expect(await engine().api.kick("rtspsessions", id)).toBe(200);
    await within("ffmpeg's end", publisher.exited, 8000);
    await waitFor("the path to be gone", async () => (await engine().api.path("dev/kicked")) === null);
  });

  it("lists and kicks a WebRTC reader: it is over", async () => {
    const session = await connectPeer(engine(), "/dev/cam/whep");
    const items = await engine().api.sessions("webrtcsessions");
    expect(items.find((item) => item.id === session.id)).toMatchObject({
      path: "dev/cam",
      state: "read",
      peerConnectionEstablished: true,
      user: "viewer",
      remoteCandidate: expect.stringContaining("127.0.0.1"),
    });
    expect((await engine().api.path("dev/cam"))?.readers).toContainEqual({ type: "webRTCSession", id: session.id });
    expect((await engine().api.call("GET", `/v3/webrtcsessions/get/${session.id}`)).body).toMatchObject({ id: session.id });
    expect(await engine().api.kick("webrtcsessions", session.id)).toBe(200);
    await waitForEnd(engine(), session);
  });

  it("lists and kicks the shared HLS session: its children then get 401", async () => {
    expect((await getHls(engine(), "dev/cam/index.m3u8")).status).toBe(200);
    const session = await waitFor("the HLS session", async () => (await engine().api.sessions("hlssessions"))[0]);
    expect(session).toMatchObject({ path: "dev/cam", isCDN: true });
    expect((await getHls(engine(), "dev/cam/video1_stream.m3u8")).status).toBe(200);
    expect(await engine().api.kick("hlssessions", session.id)).toBe(200);
    expect((await getHls(engine(), "dev/cam/video1_stream.m3u8")).status).toBe(401);
    expect((await getHls(engine(), "dev/cam/index.m3u8")).status).toBe(200);
    expect((await getHls(engine(), "dev/cam/video1_stream.m3u8")).status).toBe(200);
  });

  it("shows who reads in which way, and outbound bytes that grow", async () => {
    const reader = startReader(engine(), "dev/cam");
    await connectPeer(engine(), "/dev/cam/whep");
    const kinds = await waitFor("two kinds of reader", async () => {
      const found = new Set((await engine().api.path("dev/cam"))?.readers.map((item) => item.type));
      return found.has("rtspSession") && found.has("webRTCSession") ? found : null;
    });
    expect(kinds.size).toBeGreaterThanOrEqual(2);
    const before = (await engine().api.path("dev/cam"))?.outboundBytes ?? 0;
    await waitFor("more bytes", async () => ((await engine().api.path("dev/cam"))?.outboundBytes ?? 0) > before + 50_000);
    await reader.stop();
  });

  it("adds, changes, replaces and deletes a path's settings", async () => {
    const { api } = engine();
    expect((await api.call("POST", "/v3/config/paths/add/extra/cam", { maxReaders: 2 })).status).toBe(200);
    expect((await api.call("POST", "/v3/config/paths/add/extra/cam", {})).status).toBe(400);
    expect((await api.call("GET", "/v3/config/paths/get/extra/cam")).body).toMatchObject({
      name: "extra/cam",
      maxReaders: 2,
      source: "publisher",
    });
    expect((await api.call("PATCH", "/v3/config/paths/patch/extra/cam", { maxReaders: 3 })).status).toBe(200);
    expect((await api.call("GET", "/v3/config/paths/get/extra/cam")).body).toMatchObject({ maxReaders: 3 });
    expect((await api.call("POST", "/v3/config/paths/replace/extra/cam", { overridePublisher: false })).status).toBe(200);
    expect((await api.call("GET", "/v3/config/paths/get/extra/cam")).body).toMatchObject({ maxReaders: 0, overridePublisher: false });
    await publish(engine(), "extra/cam");
    expect((await api.call("DELETE", "/v3/config/paths/delete/extra/cam")).status).toBe(200);
    await waitFor("the path to be gone", async () => (await api.path("extra/cam")) === null);
    expect((await api.call("DELETE", "/v3/config/paths/delete/extra/cam")).status).toBe(404);
    expect((await api.call("PATCH", "/v3/config/paths/patch/extra/cam", { maxReaders: 1 })).status).toBe(404);
  });

  it.each([
    ["an unknown field", { maxReadersX: 1 }],
    ["a wrong type", { maxReaders: "many" }],
  ])("refuses %s with 400", async (_, body) => {
    expect((await engine().api.call("POST", "/v3/config/paths/add/extra/bad", body)).status).toBe(400);
    expect((await engine().api.call("GET", "/v3/config/paths/get/extra/bad")).status).toBe(404);
  });

  it("gives metrics of paths and sessions as Prometheus text", async () => {
    const response = await fetch(`http://127.0.0.1:${engine().ports.metrics}/metrics`, {
      headers: { authorization: basic(credentials.api) },
    });
    const text = await response.text();
    expect(text).toMatch(/^paths\{.*name="dev\/cam".*\} 1$/m);
    expect(text).toMatch(/^paths_inbound_bytes\{.*name="dev\/cam".*\} [1-9]\d*$/m);
    expect(text).toMatch(/^rtsp_sessions\{.*state="publish".*\} 1$/m);
  });
});
