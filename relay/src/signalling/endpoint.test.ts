import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { offerText } from "../test-rig/offer.ts";
import { readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { type Front, type StubEngine, startFront, startStubEngine } from "./rig/front.ts";

const voiceText = offerText
  .replace("m=video 9 UDP/TLS/RTP/SAVPF 103 104", "m=audio 9 UDP/TLS/RTP/SAVPF 111")
  .replace("a=recvonly", "a=sendonly")
  .replace(/a=(?:rtpmap|rtcp-fb|fmtp):(?:103|104).*\r\n/g, "")
  .replace("a=rtcp-rsize\r\n", "a=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\n");
const fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\n";
const sdp = { "content-type": "application/sdp" };
const trickle = { "content-type": "application/trickle-ice-sdpfrag" };
const cameraPath = "/live/picarx/front/whep";
const talkPath = "/live/picarx/talk/whip";
const stun = { url: "stun:stun.example:3478" };
const turn = { url: "turn:turn.example:3478?transport=udp", secret: "shared" };

let engine: StubEngine;
let front: Front;
beforeEach(async () => {
  engine = await startStubEngine();
  front = await startFront({ whepBase: engine.base, control: engine.control, apiSecret: "api", iceServers: [stun, turn] });
});
afterEach(async () => {
  await front.stop();
  await engine.stop();
});

const watch = (who = "ann") => front.call("POST", cameraPath, who, offerText, sdp);
const talk = (who = "dan", text = voiceText) => front.call("POST", talkPath, who, text, sdp);
const locationOfFirst = (name: string) => `${cameraPath}/${front.sessions.all().find(({ owner }) => owner.name === name)?.id}`;
const locationOf = (response: Response) => response.headers.get("location") ?? "";

describe("a session's beginning", () => {
  it("has an address of the gateway's own, its own ICE servers, and nothing else of the engine's", async () => {
    const response = await front.call("POST", `${cameraPath}?x=1`, "ann", offerText, { ...sdp, cookie: "a=b", "x-secret": "1" });
    expect([response.status, await response.text()]).toEqual([201, "v=0 answer"]);
    expect(locationOf(response)).toMatch(/^\/live\/picarx\/front\/whep\/[\w-]{32}$/);
    for (const name of ["id", "server", "www-authenticate", "access-control-allow-origin", "access-control-expose-headers"]) {
      expect(response.headers.get(name), name).toBeNull();
    }
    expect([response.headers.get("etag"), response.headers.get("cache-control")]).toEqual(["*", "no-store"]);
    expect(response.headers.get("link")).not.toContain("engine.example");
    expect(engine.seen[0]).toMatchObject({ method: "POST", url: "/picarx/front/whep", body: offerText });
    const basic = `Basic ${Buffer.from("gateway:api").toString("base64")}`;
    const passed = Object.keys(engine.seen[0]?.headers ?? {}).filter((name) => name !== "connection");
    expect(passed.sort()).toEqual(["authorization", "content-length", "content-type", "host"]);
    expect(engine.seen[0]?.headers.authorization).toBe(basic);
  });

  it("names TURN credentials that a TURN server takes for an hour", async () => {
    const response = await front.call("OPTIONS", cameraPath, "share:link");
    expect([response.status, response.headers.get("accept-post"), engine.seen.length]).toEqual([204, "application/sdp", 0]);
    const link = response.headers.get("link") ?? "";
    expect(link.startsWith('<stun:stun.example:3478>; rel="ice-server", <turn:turn.example:3478?transport=udp>; rel="ice-server"; ')).toBe(
      true,
    );
    const [, username = "", credential] = /username="([^"]+)"; credential="([^"]+)"; credential-type="password"$/.exec(link) ?? [];
    expect(createHmac("sha1", "shared").update(username).digest("base64")).toBe(credential);
    const [expiry, who] = username.split(":");
    expect(Math.abs(Number(expiry) - Date.now() / 1000 - 3600)).toBeLessThan(5);
    expect(who).toBe("share-link");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("goes the same way for a voice", async () => {
    const response = await talk();
    expect(response.status).toBe(201);
    expect(locationOf(response)).toMatch(/^\/live\/picarx\/talk\/whip\/[\w-]{32}$/);
    expect(engine.seen[0]).toMatchObject({ method: "POST", url: "/picarx/talk/whip", body: voiceText });
  });

  it.each([
    ["somebody who only watches", talkPath, "ann", "403 HC_GATEWAY_FORBIDDEN"],
    ["a visitor by a share link", talkPath, "share:link", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["the device itself", talkPath, "picarx", "403 HC_GATEWAY_FORBIDDEN"],
    ["a role on another device", "/live/other/talk/whip", "amy", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["a device that does not exist", "/live/other/talk/whip", "boss", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["WHIP onto a camera", "/live/picarx/front/whip", "boss", "404 HC_GATEWAY_NOT_FOUND"],
    ["WHEP from the loudspeaker", "/live/picarx/talk/whep", "boss", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
  ])("is refused before the engine hears of it: %s", async (_what, path, who, refusal) => {
    expect(await readRefusal(await front.call("POST", path, who, voiceText, sdp))).toBe(refusal);
    expect(engine.seen).toEqual([]);
  });

  it.each([
    ["a picture", offerText.replace("a=recvonly", "a=sendonly")],
    ["sound and a picture", `${voiceText}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n`],
    ["sound both ways", voiceText.replace("a=sendonly", "a=sendrecv")],
    ["sound of no direction, which is both ways", voiceText.replace("a=sendonly\r\n", "")],
    ["sound that only comes", voiceText.replace("a=sendonly", "a=recvonly")],
    ["nothing", ""],
  ])("takes no voice offer with %s", async (_what, text) => {
    expect(await readRefusal(await talk("dan", text))).toBe("400 HC_GATEWAY_OFFER_INVALID");
    expect(engine.seen).toEqual([]);
  });

  it("is refused beyond 64 of one account, with a time to try again, while others get in", async () => {
    const statuses = await Promise.all(Array.from({ length: 70 }, async () => (await watch()).status));
    expect(statuses.filter((status) => status === 201)).toHaveLength(64);
    const refused = await watch();
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await readRefusal(refused)).toBe("429 HC_GATEWAY_TOO_MANY_SESSIONS");
    expect((await watch("amy")).status).toBe(201);
    expect((await front.call("DELETE", locationOfFirst("ann"), "ann")).status).toBe(200);
    expect((await watch()).status).toBe(201);
  });

  it("makes no sense without an id by which it can be cut again", async () => {
    engine.answer = (request, response) => response.writeHead(201, { location: `${request.url}/12345678` }).end();
    expect(await readRefusal(await watch())).toBe("502 HC_GATEWAY_ENGINE_ANSWER");
    expect(front.watches.all()).toEqual([]);
  });
});

describe("a session", () => {
  it("belongs to its account, wherever that signed in, and to one visitor of a share link", async () => {
    front.state.sessions.add({ id: "ann-2", account: "ann", cookieHash: "2", expiresMs: Date.now() + 60_000 }, Date.now());
    front.state.sessions.add(
      { id: "share:link-2", account: "share:link", shareId: "link", cookieHash: "3", expiresMs: Date.now() + 60_000 },
      Date.now(),
    );
    engine.answer = (
      (made) => (request, response) =>
        request.method === "PATCH" ? response.writeHead(204).end() : made(request, response)
    )(engine.answer);
    const own = locationOf(await watch("ann"));
    const shared = locationOf(await watch("share:link"));
    const patch = (path: string, name: string, sid?: string) =>
      fetch(`${front.base}${path}`, {
        method: "PATCH",
        headers: { ...trickle, authorization: `Bearer ${front.token(name, sid)}` },
        body: fragment,
      });
    expect((await patch(own, "ann", "ann-2")).status).toBe(204);
    expect(await readRefusal(await patch(own, "boss"))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect(await readRefusal(await patch(shared, "share:link", "share:link-2"))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect((await patch(shared, "share:link")).status).toBe(204);
    expect(await readRefusal(await front.call("DELETE", own, "amy"))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect(await readRefusal(await front.call("DELETE", own.replace("front", "back"), "ann"))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect(await readRefusal(await front.call("DELETE", own.replace("front/whep", "talk/whip"), "dan"))).toBe(
      "404 HC_GATEWAY_SESSION_GONE",
    );
    expect(engine.kicked).toEqual([]);
    expect((await front.call("DELETE", own, "ann")).status).toBe(200);
    await waitUntil("the cut", () => engine.kicked.length === 1);
    expect(await readRefusal(await patch(own, "ann"))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect(front.watches.all()).toHaveLength(1);
  });

  it("restarts ICE where the engine can, and is gone where it cannot", async () => {
    const location = locationOf(await watch());
    const restart = { status: 200, etag: '"wxyz"', body: "a=ice-ufrag:wxyz\r\na=ice-pwd:new\r\n" };
    engine.answer = (_request, response) =>
      response.writeHead(restart.status, { etag: restart.etag, ...trickle, id: "x", server: "x" }).end(restart.body);
    const patched = await front.call("PATCH", location, "ann", fragment, { ...trickle, "if-match": '"old"' });
    expect([patched.status, patched.headers.get("etag"), await patched.text()]).toEqual([200, restart.etag, restart.body]);
    expect(patched.headers.get("content-type")).toMatch(/^application\/trickle-ice-sdpfrag/);
    expect(engine.seen[1]).toMatchObject({ method: "PATCH", url: "/picarx/front/whep/00000000-1", body: fragment });
    expect(engine.seen[1]?.headers["if-match"]).toBe('"old"');
    engine.answer = (_request, response) => response.writeHead(404).end();
    expect(await readRefusal(await front.call("PATCH", location, "ann", fragment, trickle))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect([front.sessions.all(), front.watches.all()]).toEqual([[], []]);
  });

  it.each([
    ["hello", "400 HC_GATEWAY_FRAGMENT_INVALID"],
    [`${fragment}m=audio 9 RTP/AVP 0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n`, "400 HC_GATEWAY_FRAGMENT_INVALID"],
    ["a".repeat(40_000), "413 HC_GATEWAY_BODY_TOO_LARGE"],
  ])("takes no fragment that the engine would stumble over", async (text, refusal) => {
    const location = locationOf(await watch());
    expect(await readRefusal(await front.call("PATCH", location, "ann", text, trickle))).toBe(refusal);
    expect(engine.seen).toHaveLength(1);
  });

  it("is cut when its sign-in ends while the engine is asked, before it is known here", async () => {
    const held: Array<() => void> = [];
    const made = engine.answer;
    engine.answer = (...all) => void held.push(() => made(...all));
    const posted = watch();
    await waitUntil("the offer at the engine", () => held.length === 1);
    front.state.sessions.end("ann-1");
    front.revoker.signInEnded("ann-1");
    held[0]?.();
    expect((await posted).status).toBe(401);
    await waitUntil("the cut", () => engine.kicked.length === 1);
    expect(front.watches.all()).toEqual([]);
  });
});
