import { afterEach, beforeAll, expect, it } from "vitest";
import { isAskedOf } from "./differences.ts";
import { basic } from "./rig/api.ts";
import { describeEngines } from "./rig/engine.ts";
import { publish } from "./rig/ffmpeg.ts";
import { createPeer, payloadTypes } from "./rig/peer.ts";
import { readPictures } from "./rig/rtp.ts";
import { limitedPath } from "./rig/settings-file.ts";
import { waitFor } from "./rig/wait.ts";
import { connectPeer, postOffer, requestWhep, waitForEnd } from "./rig/whep.ts";

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const sdp = { "content-type": "application/sdp" };
const fragment = { "content-type": "application/trickle-ice-sdpfrag" };
const unknownSecret = "00000000-0000-4000-8000-000000000000";

describeEngines("WHEP", (engine, kind) => {
  const endpoint = "/dev/cam/whep";

  beforeAll(async () => {
    await publish(engine(), "dev/cam", { audio: true });
  }, 20_000);

  afterEach(() => engine().callback.override(null));

  it("takes an offer: 201 with the answer and everything a gateway needs", async () => {
    const peer = engine().own(await createPeer("read", { audio: true }));
    const response = await postOffer(engine(), `${endpoint}?a=1`, peer.offer);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-type")).toBe("application/sdp");
    expect(response.headers.get("location")).toMatch(new RegExp(`^/dev/cam/whep/${uuid}\\?a=1$`));
    expect(response.headers.get("id")).toMatch(new RegExp(`^${uuid}$`));
    expect(response.headers.get("location")).not.toContain(response.headers.get("id"));
    expect(response.headers.get("etag")).toBe("*");
    expect(response.headers.get("accept-patch")).toBe("application/trickle-ice-sdpfrag");
    const exposed = response.headers.get("access-control-expose-headers") ?? "";
    expect(exposed.split(", ").toSorted()).toEqual(["Accept-Patch", "ETag", "ID", "Link", "Location"]);
    const answer = await response.text();
    expect(answer).toMatch(/^a=candidate:.* udp .* 127\.0\.0\.1 /im);
    expect(answer).toContain("a=end-of-candidates");
    expect(answer).toMatch(/^a=setup:(active|passive)/m);
    expect(answer.match(/^m=/gm)).toHaveLength(2);
    expect(answer).toMatch(new RegExp(`^a=rtpmap:${payloadTypes.h264} H264/90000`, "m"));
    expect(answer).toMatch(new RegExp(`^a=rtpmap:${payloadTypes.opus} opus/48000/2`, "m"));
    const items = await engine().api.sessions("webrtcsessions");
    expect(items.map((item) => item.id)).toContain(response.headers.get("id"));
  });

  it("tells ICE servers in Link headers with fresh TURN credentials", async () => {
    const links = await Promise.all(
      [1, 2].map(async () => (await requestWhep(engine(), { method: "OPTIONS", path: endpoint })).headers.get("link") ?? ""),
    );
    const form = /^<turn:turn\.example:3478>; rel="ice-server"; username="\d+:[^"]+"; credential="[^"]+"; credential-type="password"$/;
    expect(links[0]).toMatch(form);
    expect(links[0]).not.toBe(links[1]);
    expect(links[0]).not.toContain("turn-secret");
    const peer = engine().own(await createPeer("read"));
    expect((await postOffer(engine(), endpoint, peer.offer)).headers.get("link")).toMatch(form);
  });

  it("sends H.264 and Opus: parameter sets before every key frame, packets in order, none over 1200 bytes", async () => {
    const { peer } = await connectPeer(engine(), endpoint, { audio: true });
    await waitFor("three key frames", () => readPictures(peer.video).filter((picture) => picture.nalTypes.includes(5)).length >= 3);
    await waitFor("sound", () => peer.audio.length > 50);
    const pictures = readPictures(peer.video).slice(0, -1);
    const keyFrames = pictures.filter((picture) => picture.nalTypes.includes(5));
    for (const { nalTypes } of keyFrames) {
      expect(nalTypes.slice(0, nalTypes.indexOf(5))).toEqual(expect.arrayContaining([7, 8]));
    }
    if (isAskedOf("beginsWithKeyFrame", kind)) {
      expect(pictures[0]?.nalTypes).toContain(5);
    }
    expect(Math.max(...peer.video.map((packet) => packet.bytes))).toBeLessThanOrEqual(isAskedOf("fits1200Bytes", kind) ? 1200 : 1452);
    expect(new Set(peer.video.map((packet) => packet.ssrc)).size).toBe(1);
    expect(new Set(peer.video.map((packet) => packet.payloadType))).toEqual(new Set([payloadTypes.h264]));
    const steps = peer.video.slice(1).map((packet, index) => (packet.sequence - (peer.video[index]?.sequence ?? 0)) & 0xffff);
    expect(steps.filter((step) => step !== 1).length / steps.length).toBeLessThan(0.02);
    // A burst of older pictures at the start may have its times pressed together, so the rhythm counts from the second key frame on.
    const times = pictures
      .slice(pictures.findIndex((picture) => picture.timestamp === keyFrames[1]?.timestamp))
      .map((picture) => picture.timestamp);
    const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) >>> 0);
    // Thirty pictures a second on the 90 kHz clock; ffmpeg's own clock may be off by one.
    expect(gaps.filter((gap) => Math.abs(gap - 3000) > 10)).toEqual([]);
    expect(peer.video.filter((packet) => packet.marker).length).toBeGreaterThanOrEqual(pictures.length - 1);
  });

  it("ends a session at DELETE, without credentials: 200, then 404", async () => {
    const { peer, location, id } = await connectPeer(engine(), endpoint);
    const deleted = await requestWhep(engine(), { method: "DELETE", path: location, authorization: null });
    expect(deleted.status).toBe(200);
    expect(await deleted.json()).toEqual({ status: "ok" });
    await waitForEnd(engine(), { peer, id });
    expect((await requestWhep(engine(), { method: "DELETE", path: location, authorization: null })).status).toBe(404);
    expect((await requestWhep(engine(), { method: "PATCH", path: location, headers: fragment, body: "a=mid:0\r\n" })).status).toBe(404);
  });

  it("takes trickled candidates at PATCH, without credentials: 204", async () => {
    const { location, peer } = await connectPeer(engine(), endpoint);
    const ufrag = /^a=ice-ufrag:(.+)$/m.exec(peer.offer)?.[1]?.trim() ?? "";
    const pwd = /^a=ice-pwd:(.+)$/m.exec(peer.offer)?.[1]?.trim() ?? "";
    const body = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 UDP 2122317823 127.0.0.1 9 typ host\r\n`;
    const patch = (content: string, headers: Readonly<Record<string, string>> = fragment) =>
      requestWhep(engine(), { method: "PATCH", path: location, authorization: null, headers, body: content });
    expect((await patch(body)).status).toBe(204);
    expect((await patch("")).status).toBe(204);
    expect((await patch("a=candidate:nonsense\r\n")).status).toBe(204);
    expect((await patch("garbage\r\n")).status).toBe(400);
    expect((await patch(body.replace("a=mid:0\r\n", ""))).status).toBeGreaterThanOrEqual(400);
    expect((await patch(body, sdp)).status).toBe(400);
    expect(peer.state()).toBe("connected");
  });

  it.runIf(isAskedOf("restartsIce", kind))("answers an ICE restart at PATCH with 200, a fragment and its ETag", async () => {
    const { location } = await connectPeer(engine(), endpoint);
    const body = "a=ice-ufrag:abcdefgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwxyz012345\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";
    const response = await requestWhep(engine(), { method: "PATCH", path: location, authorization: null, headers: fragment, body });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/trickle-ice-sdpfrag");
    const text = await response.text();
    const ufrag = /^a=ice-ufrag:(.+)$/m.exec(text)?.[1]?.trim();
    expect(response.headers.get("etag")).toBe(`"${ufrag}"`);
    expect(text).toMatch(/^a=ice-pwd:/m);
  });

  it.each<[string, string, string, number, Readonly<Record<string, string>>?]>([
    ["malformed SDP", "dev/cam", "v=0\r\nnonsense", 400],
    ["an empty body", "dev/cam", "", 400],
    ["a wrong content type", "dev/cam", "v=0", 400, { "content-type": "text/plain" }],
    ["no content type", "dev/cam", "v=0", 400, {}],
  ])("refuses %s", async (_, path, body, status, headers = sdp) => {
    const response = await postOffer(engine(), `/${path}/whep`, body, { headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: "error", error: expect.any(String) });
  });

  it("answers a good offer by what is wrong with the rest", async () => {
    const { offer } = engine().own(await createPeer("read"));
    const vp8 = engine().own(await createPeer("read", { codec: "VP8" }));
    const post = async (path: string, body = offer, authorization?: string | null) => {
      const response = await postOffer(engine(), `/${path}/whep`, body, authorization === undefined ? {} : { authorization });
      return { status: response.status, text: await response.text(), challenge: response.headers.get("www-authenticate") };
    };
    const wrong = basic({ user: "viewer", password: "wrong" });
    const [nobody, elsewhere, none, denied, codec] = await Promise.all([
      post("dev/nobody"),
      post("elsewhere/cam"),
      post("dev/cam", offer, null),
      post("dev/cam", offer, wrong),
      post("dev/cam", vp8.offer),
    ]);
    expect(nobody.status).toBe(404);
    expect(nobody.text).toContain("no stream is available on path 'dev/nobody'");
    expect(elsewhere.status).toBe(400);
    expect(none).toMatchObject({ status: 401, challenge: 'Basic realm="mediamtx"' });
    expect(denied).toMatchObject({ status: 401, challenge: null });
    expect(codec.status).toBe(400);
    expect(codec.text).toContain("codecs not supported by client");
  });

  it("answers OPTIONS by authorisation and path, publisher or not", async () => {
    const options = (path: string, authorization?: string | null) =>
      requestWhep(engine(), { method: "OPTIONS", path, ...(authorization === undefined ? {} : { authorization }) });
    const good = await options("/dev/nobody/whep");
    expect(good.status).toBe(204);
    expect(good.headers.get("accept-post")).toBe("application/sdp");
    expect((await options("/dev/cam/whep", null)).status).toBe(401);
    expect((await options("/elsewhere/cam/whep")).status).toBe(500);
  });

  it("answers a preflight without credentials", async () => {
    const response = await requestWhep(engine(), {
      method: "OPTIONS",
      path: endpoint,
      authorization: null,
      headers: { "access-control-request-method": "POST", origin: "http://page.example" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-methods")).toBe("OPTIONS, GET, POST, PATCH, DELETE");
    expect(response.headers.get("access-control-allow-headers")).toBe("Authorization, Content-Type, If-Match");
  });

  it.each(["GET", "HEAD", "PUT", "DELETE", "PATCH"])("answers %s on the endpoint as the table says", async (method) => {
    const response = await requestWhep(engine(), { method, path: endpoint });
    expect(response.status).toBe(method === "DELETE" || method === "PATCH" ? 404 : 405);
  });

  it.each([
    ["GET", unknownSecret, 404],
    ["OPTIONS", unknownSecret, 404],
    ["DELETE", unknownSecret, 404],
    ["PATCH", unknownSecret, 404],
    ["DELETE", "not-a-uuid", 400],
    ["PATCH", "not-a-uuid", 400],
  ])("answers %s of the session %s with %i", async (method, secret, status) => {
    const withBody = method === "PATCH" ? { headers: fragment, body: "a=mid:0\r\n" } : {};
    expect((await requestWhep(engine(), { method, path: `${endpoint}/${secret}`, ...withBody })).status).toBe(status);
  });

  it("lets a session that never connects die after the handshake timeout", async () => {
    const peer = await createPeer("read");
    const response = await postOffer(engine(), endpoint, peer.offer);
    peer.stop();
    const id = response.headers.get("id");
    await waitFor(
      "the session to die",
      async () => !(await engine().api.sessions("webrtcsessions")).some((item) => item.id === id),
      10_000,
    );
    expect((await requestWhep(engine(), { method: "DELETE", path: response.headers.get("location") ?? "" })).status).toBe(404);
  });

  it("ends sessions when the publisher leaves", async () => {
    const publisher = await publish(engine(), "dev/leaver");
    const session = await connectPeer(engine(), "/dev/leaver/whep");
    await publisher.stop();
    await waitForEnd(engine(), session);
  });

  it("ends the session on a stream with B-frames, which it can't carry, says so in the log and leaves the publisher alone", async () => {
    await publish(engine(), "dev/bframes", { bFrames: true });
    const peer = engine().own(await createPeer("read"));
    const response = await postOffer(engine(), "/dev/bframes/whep", peer.offer);
    const body = await response.text();
    expect(response.status).toBe(201);
    peer.accept(body);
    await waitForEnd(engine(), { peer, id: response.headers.get("id") ?? "" }, 12_000);
    expect((await engine().api.path("dev/bframes"))?.online).toBe(true);
    expect(engine().log()).toContain("B-frames");
  });

  it("refuses more readers than the path allows with 400", async () => {
    await publish(engine(), limitedPath);
    await connectPeer(engine(), `/${limitedPath}/whep`);
    const second = engine().own(await createPeer("read"));
    expect((await postOffer(engine(), `/${limitedPath}/whep`, second.offer)).status).toBe(400);
  });
});
