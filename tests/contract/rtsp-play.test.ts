import { afterEach, beforeAll, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { credentials } from "./rig/callback.ts";
import { describeEngines } from "./rig/engine.ts";
import { probeRtsp, publish, startReader } from "./rig/ffmpeg.ts";
import { openRtsp, type RtspConnection } from "./rig/rtsp-client.ts";
import { limitedPath } from "./rig/settings-file.ts";
import { waitFor, within } from "./rig/wait.ts";

describeEngines("RTSP play", (engine) => {
  const open: RtspConnection[] = [];
  const describePath = async (path: string, authorization?: string) => {
    const connection = await openRtsp(engine().ports.rtsp);
    open.push(connection);
    const headers = { Accept: "application/sdp", ...(authorization === undefined ? {} : { Authorization: authorization }) };
    return { connection, reply: await connection.request("DESCRIBE", `rtsp://127.0.0.1:${engine().ports.rtsp}/${path}`, headers) };
  };

  beforeAll(async () => {
    await publish(engine(), "dev/cam", { audio: true });
  }, 20_000);

  afterEach(() => {
    for (const connection of open.splice(0)) {
      connection.stop();
    }
  });

  it("asks for credentials at DESCRIBE", async () => {
    const { reply } = await describePath("dev/cam");
    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toMatch(/^Basic realm="ipcam"/);
  });

  it("describes H.264 and Opus with parameter sets", async () => {
    const { reply } = await describePath("dev/cam", basic(credentials.viewer));
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-type")).toBe("application/sdp");
    expect(reply.body).toMatch(/^m=video 0 RTP\/AVP \d+/m);
    expect(reply.body).toMatch(/^a=rtpmap:\d+ H264\/90000/m);
    expect(reply.body).toMatch(/packetization-mode=1/);
    expect(reply.body).toMatch(/sprop-parameter-sets=[A-Za-z0-9+/=]+,[A-Za-z0-9+/=]+/);
    expect(reply.body).toMatch(/^a=rtpmap:\d+ opus\/48000\/2/im);
    expect(reply.body.match(/^a=control:/gm)?.length).toBeGreaterThanOrEqual(2);
  });

  it("answers 404 where nobody publishes and 400 where the path is not configured", async () => {
    expect((await describePath("dev/nobody", basic(credentials.viewer))).reply.status).toBe(404);
    expect((await describePath("elsewhere/cam", basic(credentials.viewer))).reply.status).toBe(400);
  });

  it("refuses UDP at SETUP with 461", async () => {
    const { connection, reply } = await describePath("dev/cam", basic(credentials.viewer));
    const control = /^m=video[\s\S]*?^a=control:(\S+)/m.exec(reply.body)?.[1] ?? "";
    const base = reply.headers.get("content-base") ?? "";
    const target = control.startsWith("rtsp:") ? control : `${base.replace(/\/?$/, "/")}${control}`;
    const setup = await connection.request("SETUP", target, {
      Transport: "RTP/AVP;unicast;client_port=40002-40003",
      Authorization: basic(credentials.viewer),
    });
    expect(setup.status).toBe(461);
  });

  it("gives ffmpeg a stream that decodes without a complaint, in real time", async () => {
    const probe = await probeRtsp(engine(), "dev/cam", 3);
    const video = probe.streams.find((stream) => stream.codec_type === "video");
    const audio = probe.streams.find((stream) => stream.codec_type === "audio");
    expect(video).toMatchObject({ codec_name: "h264", width: 640, height: 360 });
    expect(Number(video?.nb_read_frames)).toBeGreaterThan(45);
    expect(audio).toMatchObject({ codec_name: "opus", channels: 2 });
    expect(Number(audio?.nb_read_frames)).toBeGreaterThan(70);
  });

  it("shows readers in the API, kicks them and counts what goes out", async () => {
    const reader = startReader(engine(), "dev/cam");
    const listed = await waitFor("the reader", async () => (await engine().api.path("dev/cam"))?.readers[0]);
    expect(listed.type).toBe("rtspSession");
    const session = (await engine().api.sessions("rtspsessions")).find((item) => item.id === listed.id);
    expect(session).toMatchObject({ state: "read", path: "dev/cam", user: "viewer" });
    await waitFor("bytes to go out", async () => ((await engine().api.path("dev/cam"))?.outboundBytes ?? 0) > 50_000);
    expect(await engine().api.kick("rtspsessions", listed.id)).toBe(200);
    await within("the reader's end", reader.exited, 5000);
    expect(await engine().api.kick("rtspsessions", listed.id)).toBe(404);
  });

  it("ends readers when the publisher leaves", async () => {
    const publisher = await publish(engine(), "dev/leaver");
    const reader = startReader(engine(), "dev/leaver");
    await waitFor("the reader", async () => (await engine().api.path("dev/leaver"))?.readers.length === 1);
    await publisher.stop();
    await within("the reader's end", reader.exited, 5000);
  });

  it("refuses more readers than the path allows, and not the first", async () => {
    await publish(engine(), limitedPath);
    const reader = startReader(engine(), limitedPath);
    await waitFor("the reader", async () => (await engine().api.path(limitedPath))?.readers.length === 1);
    const second = startReader(engine(), limitedPath);
    expect(await within("the second reader's end", second.exited, 8000)).not.toBe(0);
    expect(reader.running()).toBe(true);
  });
});
