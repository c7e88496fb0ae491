import { createSocket } from "node:dgram";
import { afterEach, expect, it } from "vitest";
import { basic } from "./rig/api.ts";
import { describeEngines, type Engine } from "./rig/engine.ts";
import { probeRtsp, startRtpSource } from "./rig/ffmpeg.ts";
import { getHls } from "./rig/hls.ts";
import { createPeer, payloadTypes, publisherSsrc } from "./rig/peer.ts";
import { readPictures, relabelRtp } from "./rig/rtp.ts";
import { waitFor } from "./rig/wait.ts";
import { connectPeer, postOffer, requestWhep, type Session, waitForEnd } from "./rig/whep.ts";

/** Connects a peer that publishes what an ffmpeg encodes. */
async function publishByWhip(engine: Engine, path: string): Promise<Session> {
  const session = await connectPeer(engine, `/${path}/whip`);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  engine.own({
    stop: () => {
      socket.close();
    },
  });
  socket.on("message", (packet) => session.peer.sendVideo(relabelRtp(packet, payloadTypes.h264, publisherSsrc)));
  startRtpSource(engine, socket.address().port);
  await waitFor(`${path} to be online`, async () => (await engine.api.path(path))?.online);
  return session;
}

describeEngines("WHIP", (engine) => {
  afterEach(() => engine().callback.forget());

  it("takes a publisher: 201, Location, ID, and one question to the callback", async () => {
    const peer = engine().own(await createPeer("publish"));
    const response = await postOffer(engine(), "/dev/posted/whip", peer.offer);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toMatch(/^\/dev\/posted\/whip\/[0-9a-f-]{36}$/);
    expect(response.headers.get("etag")).toBe("*");
    expect(response.headers.get("accept-patch")).toBe("application/trickle-ice-sdpfrag");
    expect(await response.text()).toMatch(/^a=recvonly/m);
    const questions = engine().callback.asked();
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatchObject({
      action: "publish",
      path: "dev/posted",
      protocol: "webrtc",
      user: "cam",
      id: response.headers.get("id"),
    });
    expect(
      (await requestWhep(engine(), { method: "DELETE", path: response.headers.get("location") ?? "", authorization: null })).status,
    ).toBe(200);
  });

  it("carries the picture to WHEP, RTSP and HLS, and ends all of it at DELETE", async () => {
    const publisher = await publishByWhip(engine(), "dev/phone");
    const path = await engine().api.path("dev/phone");
    expect(path).toMatchObject({ online: true, source: { type: "webRTCSession", id: publisher.id } });
    expect(path?.tracks2.map((track) => track.codec)).toEqual(["H264"]);
    const session = (await engine().api.sessions("webrtcsessions")).find((item) => item.id === publisher.id);
    expect(session).toMatchObject({ state: "publish", path: "dev/phone", user: "cam" });
    const viewer = await connectPeer(engine(), "/dev/phone/whep");
    await waitFor("a key frame", () => readPictures(viewer.peer.video).some((picture) => picture.nalTypes.includes(5)));
    const [probe, index] = await Promise.all([probeRtsp(engine(), "dev/phone", 2), getHls(engine(), "dev/phone/index.m3u8")]);
    expect(probe.streams[0]).toMatchObject({ codec_name: "h264", width: 640, height: 360 });
    expect(index.status).toBe(200);
    const deleted = await requestWhep(engine(), { method: "DELETE", path: publisher.location, authorization: null });
    expect(deleted.status).toBe(200);
    await waitFor("the path to be gone", async () => (await engine().api.path("dev/phone")) === null);
    await waitForEnd(engine(), viewer);
  });

  it("kicks a publisher", async () => {
    const publisher = await publishByWhip(engine(), "dev/kicked");
    expect(await engine().api.kick("webrtcsessions", publisher.id)).toBe(200);
    await waitFor("the path to be gone", async () => (await engine().api.path("dev/kicked")) === null);
  });

  it("refuses what it can't take", async () => {
    const { offer } = engine().own(await createPeer("publish"));
    const status = async (path: string, body = offer, change: Parameters<typeof postOffer>[3] = {}) =>
      (await postOffer(engine(), path, body, change)).status;
    const wrong = basic({ user: "cam", password: "wrong" });
    expect(
      await Promise.all([
        status("/dev/refused/whip", "nonsense"),
        status("/dev/refused/whip", offer, { headers: { "content-type": "text/plain" } }),
        status("/dev/refused/whip", offer, { authorization: null }),
        status("/dev/refused/whip", offer, { authorization: wrong }),
        status("/elsewhere/cam/whip"),
      ]),
    ).toEqual([400, 400, 401, 401, 400]);
    expect(await engine().api.path("dev/refused")).toBeNull();
  });

  it("answers OPTIONS with 204 and other methods with 405", async () => {
    const options = await requestWhep(engine(), { method: "OPTIONS", path: "/dev/any/whip" });
    expect(options.status).toBe(204);
    expect(options.headers.get("accept-post")).toBe("application/sdp");
    expect((await requestWhep(engine(), { method: "GET", path: "/dev/any/whip" })).status).toBe(405);
  });
});
