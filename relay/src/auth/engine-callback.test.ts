import type { Server } from "node:http";
import { silentLog } from "@helmcast/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeServer } from "../http/listen.ts";
import { loadState, type State } from "../state/state.ts";
import { postJson } from "../test-rig/start-gateway.ts";
import { engineCallbackApp } from "./engine-callback.ts";
import { createIdentities } from "./identity.ts";
import { createTokens, type Tokens } from "./tokens.ts";

let state: State;
let tokens: Tokens;
let server: Server;
let base = "";
const seen: string[] = [];
beforeAll(async () => {
  state = loadState(":memory:", 0);
  tokens = createTokens(state.signingKeys, Date.now);
  state.devices.put("picarx", { secretHash: "h", generation: "g1" }, 0);
  state.accounts.put("admin", "h", 0);
  state.accounts.grant("admin", "*", "admin");
  state.sessions.add({ id: "s1", account: "admin", cookieHash: "c", expiresMs: Date.now() + 60_000 }, Date.now());
  const identities = createIdentities({ tokens, ...state, wallMs: Date.now });
  const app = engineCallbackApp({
    identities,
    callbackSecret: "callback",
    apiSecret: "api",
    log: silentLog(),
    onDevice: ({ name, sid }) => void seen.push(`${name} ${sid}`),
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/engine/auth`;
});
afterAll(async () => {
  await closeServer(server);
  state.close();
});

const question = {
  ip: "127.0.0.1",
  user: "",
  password: "",
  token: "",
  action: "publish",
  path: "picarx/front",
  protocol: "rtsp",
  id: null,
  query: "",
};
const device = () => tokens.issue({ sub: "picarx", sid: "g1", kind: "device" }).accessToken;
const person = () => tokens.issue({ sub: "admin", sid: "s1", kind: "user" }).accessToken;
const late = () =>
  createTokens(state.signingKeys, () => Date.now() - 3_600_000).issue({ sub: "picarx", sid: "g1", kind: "device" }).accessToken;

describe("the engine's auth callback", () => {
  it.each([
    ["a device on its own path", () => ({ user: "picarx", password: device() }), 200],
    ["a first try without credentials", () => ({}), 401],
    ["a device on another's path", () => ({ user: "picarx", password: device(), path: "other/front" }), 401],
    ["a device on its loudspeaker", () => ({ user: "picarx", password: device(), path: "picarx/talk" }), 401],
    ["a device on a path of three parts", () => ({ user: "picarx", password: device(), path: "picarx/front/x" }), 401],
    ["a device on a path with dots", () => ({ user: "picarx", password: device(), path: "picarx/../other" }), 401],
    ["a device under another's name", () => ({ user: "other", password: device() }), 401],
    ["a device by WHIP", () => ({ user: "picarx", password: device(), protocol: "webrtc" }), 401],
    ["a device with a token in the query only", () => ({ query: `token=${device()}` }), 401],
    ["a device with an expired token", () => ({ user: "picarx", password: late() }), 401],
    [
      "a device enrolled anew since",
      () => ({ user: "picarx", password: tokens.issue({ sub: "picarx", sid: "g0", kind: "device" }).accessToken }),
      401,
    ],
    ["a person who publishes", () => ({ user: "admin", password: person() }), 401],
    ["a device that reads", () => ({ user: "picarx", password: device(), action: "read" }), 401],
    ["a device that hears its loudspeaker", () => ({ user: "picarx", password: device(), action: "read", path: "picarx/talk" }), 200],
    ["a device that hears another's", () => ({ user: "picarx", password: device(), action: "read", path: "other/talk" }), 401],
    [
      "a device that hears by WHEP",
      () => ({ user: "picarx", password: device(), action: "read", path: "picarx/talk", protocol: "webrtc" }),
      401,
    ],
    ["a person who hears", () => ({ user: "admin", password: person(), action: "read", path: "picarx/talk" }), 401],
    ["a device that plays back", () => ({ user: "picarx", password: device(), action: "playback" }), 401],
    ["the gateway that plays back", () => ({ user: "gateway", password: "api", action: "playback", protocol: "" }), 200],
    ["the gateway that passes a voice on", () => ({ user: "gateway", password: "api", path: "picarx/talk", protocol: "webrtc" }), 200],
    ["the gateway that publishes a camera", () => ({ user: "gateway", password: "api", protocol: "webrtc" }), 401],
    ["the gateway that publishes a voice by RTSP", () => ({ user: "gateway", password: "api", path: "picarx/talk" }), 401],
    ["a person who publishes a voice", () => ({ user: "admin", password: person(), path: "picarx/talk", protocol: "webrtc" }), 401],
    ["a device by another protocol", () => ({ user: "picarx", password: device(), protocol: "rtmp" }), 401],
    ["a protocol of another name", () => ({ user: "gateway", password: "api", path: "picarx/talk", protocol: "WebRTC" }), 401],
    ["a person who reads", () => ({ user: "admin", password: person(), action: "read" }), 401],
    ["the gateway that reads", () => ({ user: "gateway", password: "api", action: "read" }), 200],
    ["the gateway at the API", () => ({ user: "gateway", password: "api", action: "api", path: "", protocol: "" }), 200],
    ["the gateway at the metrics", () => ({ user: "gateway", password: "api", action: "metrics", path: "", protocol: "" }), 200],
    ["the gateway that publishes", () => ({ user: "gateway", password: "api" }), 401],
    ["the gateway at pprof", () => ({ user: "gateway", password: "api", action: "pprof" }), 401],
    ["a wrong password at the API", () => ({ user: "gateway", password: "apj", action: "api" }), 401],
    ["a stranger at the API", () => ({ action: "api" }), 401],
    ["an action nobody knows", () => ({ user: "gateway", password: "api", action: "fly" }), 401],
  ])("%s", async (_what, change, status) => {
    expect((await postJson(`${base}/callback`, { ...question, ...change() })).status).toBe(status);
  });

  it("answers 401 to everybody who does not know its secret, and to garbage", async () => {
    const good = { ...question, user: "picarx", password: device() };
    expect((await postJson(`${base}/wrong`, good)).status).toBe(401);
    expect((await postJson(base, good)).status).toBe(401);
    expect((await fetch(`${base}/callback`)).status).toBe(401);
    expect((await fetch(`${base}/callback`, { method: "POST", headers: { "content-type": "application/json" }, body: "{" })).status).toBe(
      401,
    );
    expect((await postJson(`${base}/callback`, { ...good, query: "x".repeat(100_000) })).status).toBe(401);
  });

  it("tells which device it let in, and of nobody else", async () => {
    seen.length = 0;
    await postJson(`${base}/callback`, { ...question, user: "picarx", password: device() });
    await postJson(`${base}/callback`, { ...question, user: "picarx", password: late() });
    await postJson(`${base}/callback`, { ...question, user: "gateway", password: "api", action: "read" });
    expect(seen).toEqual(["picarx g1"]);
  });
});
