import { createServer } from "node:http";
import { FakeClock, silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmbeddedRelay } from "../relay.ts";
import { parseSettings } from "../settings/load-settings.ts";
import { createRtspServer } from "./rtsp-server.ts";
import { listenAnywhere, RtspTestClient, startTestRelay, type TestRelay, testSdp, testSettingsText, waitUntil } from "./test-support.ts";

let test: TestRelay;
const clients: RtspTestClient[] = [];

function open(): RtspTestClient {
  const client = new RtspTestClient(test.rtspPort);
  clients.push(client);
  return client;
}

function basic(credentials: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

const sdp = { "Content-Type": "application/sdp" };
const tcp = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record" };

beforeEach(async () => {
  test = await startTestRelay();
});

afterEach(async () => {
  for (const client of clients.splice(0)) {
    client.close();
  }
  await test.stop();
});

describe("RTSP publish", () => {
  it("challenges who comes without credentials and asks the callback once for each try, under one session id", async () => {
    const client = open();
    expect(await client.ask("ANNOUNCE", "dev/main", sdp, testSdp())).toMatch(/^RTSP\/1.0 401.*Basic realm="ipcam"/s);
    expect(await client.ask("ANNOUNCE", "dev/main", { ...sdp, ...basic("cam:pw") }, testSdp())).toMatch(/^RTSP\/1.0 200/);
    await client.ask("SETUP", "dev/main/streamid=0", tcp);
    await client.ask("RECORD", "dev/main");
    expect(test.asked.map(({ user, action, path }) => [user, action, path])).toEqual([
      ["", "publish", "dev/main"],
      ["cam", "publish", "dev/main"],
    ]);
    expect(test.asked[0]?.id).toBe(test.asked[1]?.id);
    expect((await test.api("/v3/paths/get/dev/main")).body["source"]).toEqual({ type: "rtspSession", id: test.asked[1]?.id });
  });

  it("refuses wrong credentials without a challenge and closes", async () => {
    const client = open();
    const reply = await client.ask("ANNOUNCE", "dev/main", { ...sdp, ...basic("cam:no") }, testSdp());
    expect(reply).toMatch(/^RTSP\/1.0 401/);
    expect(reply).not.toContain("WWW-Authenticate");
    await waitUntil(() => client.closed);
  });

  it("takes the token of the query in one try", async () => {
    const client = open();
    await client.ask("ANNOUNCE", "dev/main?token=pw", sdp, testSdp());
    expect(test.asked).toMatchObject([{ token: "pw", query: "token=pw" }]);
  });

  it.each([
    ["an unconfigured path", "nope", testSdp(), /400.*HC_EMBEDDED_PATH_NOT_CONFIGURED: .*'nope'/s],
    ["a dot segment", "dev/..", testSdp(), /400/],
    ["no SDP", "dev/main", "hello", /400.*HC_EMBEDDED_SDP/s],
    ["another codec", "dev/main", testSdp("VP8"), /400.*HC_EMBEDDED_CODEC.*VP8 can't be carried/s],
  ])("refuses %s with 400 and a sentence", async (_name, path, body, expected) => {
    expect(await open().ask("ANNOUNCE", path, { ...sdp, ...basic("cam:pw") }, body)).toMatch(expected);
  });

  it("answers UDP with 461 and takes TCP on the same connection afterwards", async () => {
    const client = open();
    await client.ask("ANNOUNCE", "dev/main", { ...sdp, ...basic("cam:pw") }, testSdp());
    const udp = { Transport: "RTP/AVP/UDP;unicast;client_port=5000-5001;mode=record" };
    expect(await client.ask("SETUP", "dev/main/streamid=0", udp)).toMatch(/^RTSP\/1.0 461/);
    expect(await client.ask("SETUP", "dev/main/streamid=0", tcp)).toMatch(/200.*interleaved=0-1.*timeout=55/s);
  });

  it("keeps order: no RECORD before SETUP, no strange session, no second SETUP of a track", async () => {
    const client = open();
    expect(await client.ask("RECORD", "dev/main")).toMatch(/^RTSP\/1.0 455/);
    await client.ask("ANNOUNCE", "dev/main", { ...sdp, ...basic("cam:pw") }, testSdp());
    expect(await client.ask("SETUP", "dev/main/streamid=0", { ...tcp, Session: "other" })).toMatch(/^RTSP\/1.0 454/);
    expect(await client.ask("SETUP", "dev/main/streamid=0", tcp)).toMatch(/^RTSP\/1.0 200/);
    expect(await client.ask("SETUP", "dev/main/streamid=0", tcp)).toMatch(/^RTSP\/1.0 400/);
  });

  it("answers OPTIONS and GET_PARAMETER, and TEARDOWN ends the stream", async () => {
    const client = open();
    expect(await client.ask("OPTIONS", "dev/main")).toMatch(/200.*Public: .*ANNOUNCE/s);
    await client.publish("dev/main");
    expect(await client.ask("GET_PARAMETER", "dev/main")).toMatch(/^RTSP\/1.0 200/);
    await client.ask("TEARDOWN", "dev/main");
    await waitUntil(() => test.relay.streams.find("dev/main") === null && client.closed);
  });

  it("ends a kicked publisher and says 404 to a kick of nobody", async () => {
    const client = open();
    await client.publish("dev/main");
    const { body } = await test.api("/v3/rtspsessions/list");
    const [session] = body["items"] as [{ id: string; state: string }];
    expect(session.state).toBe("publish");
    expect(await test.api(`/v3/rtspsessions/kick/${session.id}`, { method: "POST" })).toMatchObject({ status: 200 });
    await waitUntil(() => client.closed);
    expect(await test.api(`/v3/rtspsessions/kick/${session.id}`, { method: "POST" })).toMatchObject({ status: 404 });
    expect(await test.api("/v3/rtspsessions/kick/x", { method: "POST" })).toMatchObject({ status: 400 });
  });
});

describe("RTSP play", () => {
  it("says 404 without a stream, 400 for an unconfigured path, 401 first of all", async () => {
    expect(await open().ask("DESCRIBE", "dev/main")).toMatch(/^RTSP\/1.0 401/);
    expect(await open().ask("DESCRIBE", "dev/main", basic("v:pw"))).toMatch(/^RTSP\/1.0 404/);
    expect(await open().ask("DESCRIBE", "nope", basic("v:pw"))).toMatch(/^RTSP\/1.0 400/);
  });

  it("describes the stream with its parameter sets before the first picture has come", async () => {
    await open().publish("dev/main");
    const reply = await open().ask("DESCRIBE", "dev/main", basic("v:pw"));
    expect(reply).toMatch(/Content-Base: rtsp:\/\/127.0.0.1:\d+\/dev\/main\//);
    expect(reply).toMatch(/profile-level-id=42C01E; sprop-parameter-sets=Z0LAHtoCgL/);
  });

  it("asks at SETUP too, so that nobody skips DESCRIBE, and refuses unknown tracks", async () => {
    await open().publish("dev/main");
    expect(await open().ask("SETUP", "dev/main/trackID=0", tcp)).toMatch(/^RTSP\/1.0 401/);
    expect(await open().ask("SETUP", "dev/main/trackID=7", { ...tcp, ...basic("v:pw") })).toMatch(/^RTSP\/1.0 400/);
    expect(await open().ask("SETUP", "dev/main/trackID=1", { ...tcp, ...basic("v:pw") })).toMatch(/^RTSP\/1.0 404/);
    expect(await open().ask("PLAY", "dev/main")).toMatch(/^RTSP\/1.0 455/);
  });

  it("pauses and plays again, and is listed while it reads", async () => {
    await open().publish("dev/main");
    const reader = open();
    expect(await reader.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    expect((await test.api("/v3/paths/get/dev/main")).body["readers"]).toMatchObject([{ type: "rtspSession" }]);
    expect(await reader.ask("PAUSE", "dev/main")).toMatch(/^RTSP\/1.0 200/);
    expect((await test.api("/v3/paths/get/dev/main")).body["readers"]).toEqual([]);
    expect(await reader.ask("PLAY", "dev/main")).toMatch(/^RTSP\/1.0 200/);
  });
});

describe("the end of an RTSP connection", () => {
  it("serves nothing that was sent behind a refused request", async () => {
    const client = open();
    const ask = (credentials: string, sequence: number): string =>
      `DESCRIBE ${client.base}/dev/main RTSP/1.0\r\nCSeq: ${sequence}\r\nAuthorization: ${basic(credentials).Authorization}\r\n\r\n`;
    client.socket.write(ask("v:no", 1) + ask("v:guess", 2) + ask("v:pw", 3));
    await waitUntil(() => client.closed);
    expect(client.received.toString().match(/^RTSP\/1.0/gm)).toHaveLength(1);
    expect(test.asked).toHaveLength(1);
  });

  it("leaves no timer behind", async () => {
    const clock = new FakeClock();
    const kinds = { publish: () => expect.fail("no session"), play: () => expect.fail("no session") };
    const address = { host: "127.0.0.1", port: 0 };
    const server = createRtspServer({ address, kinds, readTimeoutMs: 5000, clock, log: silentLog() });
    await server.start();
    const client = new RtspTestClient(server.port());
    clients.push(client);
    client.socket.write("GET / HTTP/1.1\r\n\r\n");
    await waitUntil(() => client.closed && server.connections().length === 0);
    expect(clock.pending).toBe(0);
    await server.stop();
  });

  it("answers 401 when the callback takes longer than a client may be silent", async () => {
    const slow = createServer((request) => request.resume());
    const port = await listenAnywhere(slow);
    const { settings } = parseSettings(testSettingsText(port, { readTimeout: "300ms" }));
    const relay = createEmbeddedRelay({ settings, clock: systemClock, random: () => 0.1, log: silentLog() });
    try {
      await relay.start();
      const client = new RtspTestClient(relay.ports().rtsp ?? 0);
      clients.push(client);
      expect(await client.ask("DESCRIBE", "dev/main", basic("v:pw"))).toMatch(/^RTSP\/1.0 401/);
    } finally {
      await relay.stop();
      slow.closeAllConnections();
      slow.close();
    }
  });
});

describe("malformed RTSP", () => {
  it.each([["\u0000\u0001\u0002"], ["hello world\r\n\r\n"], ["OPTIONS * RTSP/1.0\r\n\r\n"]])(
    "answers %j with 400 and closes",
    async (text) => {
      const client = open();
      client.socket.write(text);
      await waitUntil(() => client.closed);
      expect(client.received.toString()).toMatch(/^RTSP\/1.0 400.*HC_EMBEDDED_RTSP: /s);
    },
  );
});

describe("silent RTSP clients", () => {
  it("ends a publisher that sends nothing more and a client that asks for nothing, and lets a reader be silent", async () => {
    const impatient = await startTestRelay({ readTimeout: "300ms" });
    const idle = new RtspTestClient(impatient.rtspPort);
    const publisher = new RtspTestClient(impatient.rtspPort);
    const reader = new RtspTestClient(impatient.rtspPort);
    clients.push(idle, publisher, reader);
    await publisher.publish("dev/main");
    expect(await reader.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    const playingSinceMs = Date.now();
    const keepAlive = setInterval(() => publisher.socket.write(Buffer.from([0x24, 1, 0, 0])), 50);
    await waitUntil(() => idle.closed && Date.now() - playingSinceMs > 600);
    expect([publisher.closed, reader.closed]).toEqual([false, false]);
    clearInterval(keepAlive);
    await waitUntil(() => publisher.closed && reader.closed);
    await impatient.stop();
  });
});
