import { watchListSchema } from "@helmcast/config";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { offerText } from "../test-rig/offer.ts";
import { announceFront, readRefusal, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

const secret = "2c8f8a44-8a9e-4f5e-9d8e-0d6f1c1b2a3d";
let rig: TestGateway;
let auth: { readonly authorization: string };
beforeAll(async () => {
  rig = await startGateway({}, {}, announceFront);
  auth = (await rig.signIn()).auth;
});
afterAll(async () => {
  await rig.stop();
});
beforeEach(() => {
  const engine = rig.engine();
  engine.seen.length = 0;
  engine.answer = (request, response) => {
    const headers = {
      location: `/picarx/front/whep/${secret}?token=leak`,
      id: "engine-session",
      etag: "*",
      "accept-patch": "application/trickle-ice-sdpfrag",
      link: '<stun:stun.example>; rel="ice-server"',
      "access-control-allow-origin": "*",
      server: "mediamtx",
      "content-type": "application/sdp",
    };
    if (request.method === "POST") {
      response.writeHead(201, headers).end("v=0 answer");
    } else {
      response.writeHead(request.method === "DELETE" ? 200 : 204, { etag: '"frag"' }).end();
    }
  };
});

const url = (rest = "") => `${rig.base}/live/picarx/front/whep${rest}`;
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(url(), { method: "POST", headers: { "content-type": "application/sdp", ...auth, ...headers }, body });
const open = async () => (await post(offerText)).headers.get("location") ?? "";

describe("WHEP POST", () => {
  it("passes the answer on under an address of its own, and nothing that is the engine's own business", async () => {
    const response = await post(offerText, { cookie: "helmcast_session=mine", "x-secret": "1" });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe("v=0 answer");
    expect(response.headers.get("location")).toMatch(/^\/live\/picarx\/front\/whep\/[\w-]{32}$/);
    expect(response.headers.get("etag")).toBe("*");
    expect(response.headers.get("accept-patch")).toBe("application/trickle-ice-sdpfrag");
    for (const name of ["id", "link", "server", "access-control-allow-origin", "www-authenticate"]) {
      expect(response.headers.get(name), name).toBeNull();
    }
    const [seen] = rig.engine().seen;
    expect(seen).toMatchObject({ method: "POST", url: "/picarx/front/whep", body: offerText });
    const basic = `Basic ${Buffer.from(`gateway:${rig.engine().options.secrets.api}`).toString("base64")}`;
    expect(seen?.headers).toMatchObject({ authorization: basic, "content-type": "application/sdp" });
    expect(seen?.headers.cookie).toBeUndefined();
    expect(seen?.headers["x-secret"]).toBeUndefined();
  });

  it("does not pass a query on", async () => {
    await fetch(`${url()}?x=1`, { method: "POST", headers: { "content-type": "application/sdp", ...auth }, body: offerText });
    expect(rig.engine().seen[0]?.url).toBe("/picarx/front/whep");
  });

  it.each([
    ["garbage", "garbage", "application/sdp", "400 HC_GATEWAY_OFFER_INVALID"],
    ["nothing", "", "application/sdp", "400 HC_GATEWAY_OFFER_INVALID"],
    ["another type", offerText, "text/plain", "415 HC_GATEWAY_BODY_TYPE"],
    ["too much", "a".repeat(200_000), "application/sdp", "413 HC_GATEWAY_BODY_TOO_LARGE"],
  ])("refuses %s without asking the engine", async (_what, body, type, refusal) => {
    expect(await readRefusal(await post(body, { "content-type": type }))).toBe(refusal);
    expect(rig.engine().seen).toEqual([]);
  });

  it.each([
    [404, "404 HC_GATEWAY_CAMERA_OFFLINE"],
    [400, "400 HC_GATEWAY_OFFER_REFUSED"],
    [401, "502 HC_GATEWAY_ENGINE_ANSWER"],
    [500, "502 HC_GATEWAY_ENGINE_ANSWER"],
  ])("turns the engine's %i into a sentence of its own", async (status, refusal) => {
    rig.engine().answer = (_request, response) => response.writeHead(status, { "www-authenticate": "Basic" }).end("/secret/path");
    const response = await post(offerText);
    expect(response.headers.get("www-authenticate")).toBeNull();
    expect(await readRefusal(response)).toBe(refusal);
  });

  it("refuses an answer whose session address is not the camera's", async () => {
    for (const location of ["http://evil.example/x", "/other/front/whep/12345678", "/picarx/front/whep/../../x", ""]) {
      rig.engine().answer = (_request, response) => response.writeHead(201, { location }).end();
      expect(await readRefusal(await post(offerText))).toBe("502 HC_GATEWAY_ENGINE_ANSWER");
    }
  });

  it("needs a sign-in, and a name that can be a camera's", async () => {
    expect((await fetch(url(), { method: "POST", headers: { "content-type": "application/sdp" }, body: offerText })).status).toBe(401);
    const talk = await fetch(`${rig.base}/live/picarx/talk/whep`, { method: "POST", headers: auth, body: offerText });
    expect(await readRefusal(talk)).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await readRefusal(await fetch(url(), { headers: auth }))).toBe("405 HC_GATEWAY_METHOD");
  });
});

describe("a WHEP session", () => {
  const fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\n";
  const patch = (location: string, headers: Record<string, string> = auth) =>
    fetch(`${rig.base}${location}`, {
      method: "PATCH",
      headers: { "content-type": "application/trickle-ice-sdpfrag", ...headers },
      body: fragment,
    });

  it("takes PATCH and DELETE at the engine's hidden address", async () => {
    const location = await open();
    const patched = await patch(location, { ...auth, "if-match": "*" });
    expect(patched.status).toBe(204);
    expect(patched.headers.get("etag")).toBe('"frag"');
    expect(rig.engine().seen[1]).toMatchObject({ method: "PATCH", url: `/picarx/front/whep/${secret}`, body: fragment });
    expect(rig.engine().seen[1]?.headers["if-match"]).toBe("*");
    expect((await fetch(`${rig.base}${location}`, { method: "DELETE", headers: auth })).status).toBe(200);
    await waitUntil("the kick", () => rig.engine().kicked.includes("engine-session"));
    expect(await readRefusal(await patch(location))).toBe("404 HC_GATEWAY_SESSION_GONE");
  });

  it("cannot be reached by its secret, on another camera, or without a sign-in", async () => {
    const location = await open();
    const id = location.split("/").at(-1);
    expect(await readRefusal(await patch(`/live/picarx/front/whep/${secret}`))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect(await readRefusal(await patch(`/live/picarx/back/whep/${id}`))).toBe("404 HC_GATEWAY_SESSION_GONE");
    expect((await patch(location, {})).status).toBe(401);
    expect((await patch(location)).status).toBe(204);
  });

  it("is cut at the engine when its sign-in ends", async () => {
    const own = await rig.signIn();
    await fetch(url(), { method: "POST", headers: { "content-type": "application/sdp", ...own.auth }, body: offerText });
    await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: own.auth });
    await waitUntil("the kick", () => rig.engine().kicked.includes("engine-session"));
  });

  it("is cut when its sign-in ends while the engine is asked, before it is known here", async () => {
    const own = await rig.signIn();
    rig.engine().kicked.length = 0;
    const held: Array<() => void> = [];
    const { answer } = rig.engine();
    rig.engine().answer = (...all) => held.push(() => answer(...all));
    const posted = post(offerText, own.auth);
    await waitUntil("the offer at the engine", () => held.length === 1);
    await fetch(`${rig.base}/api/auth/logout`, { method: "POST", headers: own.auth });
    held[0]?.();
    expect((await posted).status).toBe(401);
    await waitUntil("the kick", () => rig.engine().kicked.includes("engine-session"));
  });

  it("is on the list of who is connected, from where it can be ended", async () => {
    const own = await rig.signIn();
    await fetch(`${rig.base}/live/picarx/front/whep`, {
      method: "POST",
      headers: { "content-type": "application/sdp", ...own.auth },
      body: offerText,
    });
    const listed = await fetch(`${rig.base}/api/sessions`, { headers: auth });
    const [watch] = watchListSchema.parse(await listed.json());
    expect(watch).toMatchObject({ who: "admin", transport: "whep", camera: "picarx/front" });
    rig.engine().kicked.length = 0;
    expect((await fetch(`${rig.base}/api/sessions/${watch?.id}`, { method: "DELETE", headers: auth })).status).toBe(204);
    await waitUntil("the kick", () => rig.engine().kicked.includes("engine-session"));
    expect(await readRefusal(await post(offerText, own.auth))).toBe("403 HC_GATEWAY_KICKED");
  });
});

describe("WHIP", () => {
  it("takes a voice for a device, and nothing for a camera", async () => {
    const headers = { "content-type": "application/sdp", ...auth };
    const talk = (rest: string) => fetch(`${rig.base}/live/${rest}/whip`, { method: "POST", headers, body: offerText });
    expect(await readRefusal(await talk("picarx/talk"))).toBe("404 HC_GATEWAY_CAMERA_UNKNOWN");
    expect(await readRefusal(await talk("picarx/front"))).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect(rig.engine().seen).toEqual([]);
  });
});

describe("without an engine", () => {
  it("says that it is away, and when to come back", async () => {
    const own = await startGateway();
    try {
      const signedIn = await own.signIn();
      await own.engine().stop();
      const headers = { "content-type": "application/sdp", ...signedIn.auth };
      const response = await fetch(`${own.base}/live/picarx/front/whep`, { method: "POST", headers, body: offerText });
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await readRefusal(response)).toBe("503 HC_GATEWAY_ENGINE_AWAY");
      const hls = await fetch(`${own.base}/live/picarx/front/hls/index.m3u8`, { headers: signedIn.auth });
      expect(await readRefusal(hls)).toBe("503 HC_GATEWAY_ENGINE_AWAY");
    } finally {
      await own.stop();
    }
  });
});
