import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { cdnSecret, type HlsRig, startHls } from "./rig/start-hls.ts";

let rig: HlsRig;
let auth: { readonly authorization: string };
beforeAll(async () => {
  rig = await startHls();
  auth = rig.signIn("ann").headers;
});
afterAll(async () => {
  await rig.stop();
});

/** Each test plays another camera, so that none is served from what another left in memory. */
let camera = "";
let count = 0;
beforeEach(() => {
  camera = `cam-${count++}`;
  rig.seen.length = 0;
  rig.answer = (_request, response) =>
    response.writeHead(200, { "cache-control": "public, max-age=3600", "set-cookie": "a=b" }).end("bytes");
});
const readRefusal = async (response: Response) => `${response.status} ${((await response.json()) as { code: string }).code}`;
const get = (file: string, headers: Record<string, string> = auth) => fetch(`${rig.base}/live/picarx/${camera}/hls/${file}`, { headers });
const seenUrls = () => rig.seen.map((seen) => seen.url.replace(`/picarx/${camera}/`, ""));
const part = "068c2422a06d_video1_part7.mp4";

describe("LL-HLS through the gateway", () => {
  it("asks the engine in CDN mode with the gateway's own secret and nothing of the viewer's", async () => {
    const response = await get("index.m3u8", {
      ...auth,
      cookie: "helmcast_session=mine",
      "x-forwarded-for": "203.0.113.9",
      range: "bytes=0-1",
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("bytes");
    expect(response.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
    expect(response.headers.get("set-cookie")).toBeNull();
    const headers = rig.seen[0]?.headers ?? {};
    expect(headers.authorization).toBe(`Bearer ${cdnSecret}`);
    expect([headers.cookie, headers["x-forwarded-for"], headers["range"]]).toEqual([undefined, undefined, undefined]);
  });

  it("checks every viewer on every request, also for what lies in memory", async () => {
    const own = rig.signIn("ben");
    const other = rig.signIn("cleo");
    expect((await get(part, own.headers)).status).toBe(200);
    expect((await get(part, other.headers)).status).toBe(200);
    rig.signOut(own.sid);
    rig.revoke("cleo");
    expect(await readRefusal(await get(part, own.headers))).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    expect(await readRefusal(await get(part, other.headers))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await readRefusal(await get(part, {}))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(seenUrls()).toEqual([part]);
  });

  it("asks once for many viewers who want the same at the same time", async () => {
    const held: ServerResponse[] = [];
    rig.answer = (_request, response) => held.push(response);
    const wishes = Array.from({ length: 20 }, () => get("video1_stream.m3u8?_HLS_msn=5&_HLS_part=1"));
    const other = get("video1_stream.m3u8?_HLS_msn=5&_HLS_part=2");
    await waitUntil("both wishes at the engine", () => held.length === 2);
    for (const response of held) {
      response.writeHead(200).end("playlist");
    }
    const bodies = await Promise.all([...wishes, other].map(async (wish) => (await wish).text()));
    expect(bodies.every((body) => body === "playlist")).toBe(true);
    expect(seenUrls()).toHaveLength(2);
  });

  it("goes on for the others when the viewer whose request it was leaves", async () => {
    const held: ServerResponse[] = [];
    rig.answer = (_request, response) => held.push(response);
    const leaver = new AbortController();
    const address = `${rig.base}/live/picarx/${camera}/hls/video1_stream.m3u8?_HLS_msn=5`;
    const left = fetch(address, { headers: auth, signal: leaver.signal }).catch(() => "left");
    await waitUntil("the first wish at the engine", () => held.length === 1);
    const stays = [fetch(address, { headers: auth }), fetch(address, { headers: auth })];
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaver.abort();
    expect(await left).toBe("left");
    await waitUntil("the wish asked again", () => held.length === 2);
    held[1]?.writeHead(200).end("playlist");
    expect(await Promise.all(stays.map(async (stay) => (await stay).text()))).toEqual(["playlist", "playlist"]);
    expect(held).toHaveLength(2);
  });

  it("renews the engine's shared session after a 401, by one look at the index", async () => {
    let renewed = false;
    rig.answer = (request, response) => {
      const isIndex = request.url?.endsWith("index.m3u8") === true;
      renewed ||= isIndex;
      response.writeHead(renewed ? 200 : 401).end(isIndex ? "index" : "playlist");
    };
    const response = await get("video1_stream.m3u8");
    expect(await response.text()).toBe("playlist");
    expect(seenUrls()).toEqual(["video1_stream.m3u8", "index.m3u8", "video1_stream.m3u8"]);
  });

  it("says that the camera is absent when the index is gone too, and never that one should sign in", async () => {
    rig.answer = (request, response) => response.writeHead(request.url?.endsWith("index.m3u8") === true ? 404 : 401).end();
    expect(await readRefusal(await get("video1_stream.m3u8"))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await readRefusal(await get("index.m3u8"))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
  });

  it.each([
    [400, "video1_stream.m3u8?_HLS_msn=999", "400 HC_GATEWAY_HLS_QUERY"],
    [404, part, "404 HC_GATEWAY_HLS_FILE_GONE"],
    [500, "video1_stream.m3u8", "404 HC_GATEWAY_CAMERA_OFFLINE"],
    [503, "video1_stream.m3u8", "502 HC_GATEWAY_ENGINE_ANSWER"],
  ])("turns the engine's %i for %s into %s, and does not keep it", async (status, file, refusal) => {
    rig.answer = (_request, response) => response.writeHead(status).end("/secret/path");
    expect(await readRefusal(await get(file))).toBe(refusal);
    expect(await readRefusal(await get(file))).toBe(refusal);
    expect(rig.seen).toHaveLength(2);
  });

  it("refuses strange files, queries and methods without asking the engine", async () => {
    expect(await readRefusal(await get("secret.txt"))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(await readRefusal(await get("video1_stream.m3u8?x=1"))).toBe("400 HC_GATEWAY_HLS_QUERY");
    const posted = await fetch(`${rig.base}/live/picarx/${camera}/hls/index.m3u8`, { method: "POST", headers: auth });
    expect(await readRefusal(posted)).toBe("405 HC_GATEWAY_METHOD");
    expect(rig.seen).toEqual([]);
  });

  it("is refused to whoever has no role on the device", async () => {
    const headers = { authorization: "Bearer x" };
    expect((await get("index.m3u8", headers)).status).toBe(401);
  });
});
