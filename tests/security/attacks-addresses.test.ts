import { routes } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outsideAddress } from "./rig/outside.ts";
import { readStatus, sendBytes } from "./rig/raw.ts";
import { outcomeOf, type Question, readJson, send } from "./rig/send.ts";
import { freshAddress, password, proofHeaders, startWorld, urls, type World } from "./rig/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const asOwner = async (question: Question) => outcomeOf(await world.as("owner", question));

describe("addresses that mean different things to different programs", () => {
  it.each([
    "/live/picarx/../picarx/front/snapshot.jpg",
    "/live/lorry/../picarx/front/hls/index.m3u8",
    "/live/picarx/./front/snapshot.jpg",
    "/live/picarx/%2e%2e/front/snapshot.jpg",
    "/live/picarx%2ffront/snapshot.jpg",
    "/live/picarx%2Ffront%2Fsnapshot.jpg",
    "/live/picarx%5cfront/snapshot.jpg",
    "/live/picarx\\front\\snapshot.jpg",
    "/live/picarx%252ffront/snapshot.jpg",
    "/live/picarx/%00front/snapshot.jpg",
    "/live/picarx/front%0d%0aSet-Cookie:a=b/snapshot.jpg",
    "/live/picarx/front/hls/%zz",
    "/live/picarx/front/hls/..%2f..%2f..%2fetc%2fpasswd",
    "/live/picarx/front/hls/../../../../etc/passwd",
    "//live/picarx/front/snapshot.jpg",
    "//evil.example/live/picarx/front",
    "http://evil.example/api/accounts",
    "/api/../api/accounts",
    "/api/accounts/..%2fdevices",
    "/assets/../../relay/package.json",
    "/%2e%2e/%2e%2e/etc/passwd",
    `/${"a".repeat(5000)}`,
  ])("%s is refused as it is", async (target) => {
    expect(await asOwner({ target })).toBe("400 BAD_PATH");
  });

  it.each([
    "/LIVE/picarx/front/snapshot.jpg",
    "/live/PICARX/front/snapshot.jpg",
    "/live/picarx/Front/snapshot.jpg",
    "/live/p%D1%96carx/front/snapshot.jpg",
    "/live/picarx/front/snapshot.jpg/",
    "/live/picarx/front/snapshot.JPG",
    "/live//picarx/front/snapshot.jpg",
    "/live/picarx;x/front/snapshot.jpg",
    "/live/picarx%20/front/snapshot.jpg",
    "/live/__proto__/front/snapshot.jpg",
    "/live/picarx/constructor/snapshot.jpg",
    "/live/picarx/talk/snapshot.jpg",
    "/live/picarx/talk/whep",
    "/live/picarx/talk/hls/index.m3u8",
    "/API/accounts",
    "/api/Accounts",
    "/api/accounts/",
    "/api//accounts",
    "/api/accounts%20",
    "/Metrics",
    "/metrics/",
    "/engine/auth/x",
    "/v3/paths/list",
    "/picarx/front/whep",
    "/.git/config",
    "/state.sqlite",
    "/helmcast.log",
  ])("%s is nothing, to the owner too", async (target) => {
    const reply = await world.as("owner", { target });
    // Unknown pages are the viewer's own, which is the same for everybody.
    const isPage =
      /^\/(LIVE|API|Metrics|engine|v3|picarx|metrics|\.git)/.test(target) &&
      reply.body.equals((await world.as("nobody", { target: "/" })).body);
    expect(isPage ? "the viewer" : outcomeOf(reply)).toMatch(/^(404 (NOT_FOUND|CAMERA_UNKNOWN)|405 METHOD|the viewer)$/);
  });

  it("a camera is watched, never published to, by WHIP", async () => {
    const headers = { "content-type": "application/sdp" };
    for (const target of ["/live/picarx/front/whip", "/live/lorry/side/whip", "/live/picarx/attic/whip", "/live/picarx/front/talk/whip"]) {
      for (const role of ["owner", "self"] as const) {
        const reply = await world.as(role, { method: "POST", target, headers, body: "v=0\r\n" });
        expect([target, outcomeOf(reply)]).toEqual([target, expect.stringMatching(/^404 (NOT_FOUND|CAMERA_UNKNOWN)$/)]);
      }
    }
  });

  it("a name that only looks like another is another", async () => {
    const login = (user: string) =>
      send(world.stack.url, {
        method: "POST",
        target: routes.login,
        headers: freshAddress(),
        body: { user, password: world.stack.password },
      });
    for (const user of [
      "ADMIN",
      "Admin",
      "admin ",
      " admin",
      "admin\u0000",
      "аdmin",
      "ａｄｍｉｎ",
      "admin\u200b",
      "admin\n",
      "a\u0308dmin",
      "constructor",
    ]) {
      expect([user, outcomeOf(await login(user))]).toEqual([user, "401 WRONG_LOGIN"]);
    }
    for (const name of [
      "аdmin",
      "ADMIN",
      "ａｄｍｉｎ",
      "admin\u200b",
      "admin\r\nx",
      "../x",
      "a/b",
      "__proto__",
      "",
      "a".repeat(33),
      "share:x",
    ]) {
      expect([name, await asOwner({ method: "POST", target: routes.accounts, body: { name, password } })]).toEqual([name, "400 BAD_BODY"]);
    }
    for (const device of ["Picarx", "рicarx", "picarx/front", "..", "__proto__", "a b", "a\r\nb", "", "a".repeat(33), "*", "#", "+"]) {
      expect([device, await asOwner({ method: "POST", target: routes.devices, body: { device } })]).toEqual([device, "400 BAD_BODY"]);
    }
  });

  it("names that every object has are ordinary names", async () => {
    for (const name of ["constructor", "tostring", "valueof", "hasownproperty"]) {
      expect(await asOwner({ method: "DELETE", target: `${routes.accounts}/${name}` })).toBe("404 ACCOUNT_UNKNOWN");
      expect(await asOwner({ method: "POST", target: routes.accounts, body: { name, password } })).toBe("ok");
      const proof = await world.signIn(name);
      expect(outcomeOf(await send(world.stack.url, { target: routes.accounts, headers: proofHeaders(proof) }))).toBe("403 FORBIDDEN");
      expect(outcomeOf(await send(world.stack.url, { target: urls.snapshot, headers: proofHeaders(proof) }))).toBe("404 CAMERA_UNKNOWN");
    }
    const device = await world.enrol("constructor");
    expect(device.token).toMatch(/^\w/);
  });
});

describe("who somebody says they are", () => {
  it("the Host header changes nothing that is sent back", async () => {
    for (const host of [
      "evil.example",
      "127.0.0.1:1",
      "localhost",
      "a".repeat(300),
      "[::1]",
      "evil.example/x?y#",
      "evil.example; script-src *",
    ]) {
      const reply = await world.as("owner", { target: "/", headers: { host, "x-forwarded-host": "evil.example" } });
      // The one place where it may stand is where the page's own WebSocket may go, and there as a plain host alone.
      const { "content-security-policy": policy, ...headers } = reply.headers;
      expect(JSON.stringify(headers)).not.toContain("evil.example");
      expect(policy).toMatch(/;connect-src 'self' ('self'|ws:\/\/[\w.:[\]-]+ wss:\/\/[\w.:[\]-]+)$/);
      expect(reply.status).toBeLessThan(500);
      expect(await asOwner({ target: routes.cameras, headers: { host } })).toMatch(/^(ok|400)/);
    }
  });

  it("an address out of X-Forwarded-For counts from this host's own front alone", async () => {
    const outside = outsideAddress();
    const base = world.stack.url.replace("127.0.0.1", outside);
    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 14; attempt++) {
      const headers = { ...freshAddress(), forwarded: "for=10.9.9.9", "x-real-ip": `10.9.9.${attempt}` };
      const body = { user: `nobody-${attempt}`, password: "wrong wrong" };
      outcomes.push(outcomeOf(await send(base, { method: "POST", target: routes.login, headers, body, localAddress: outside })));
    }
    expect(outcomes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => "401 WRONG_LOGIN"));
    expect(outcomes.at(-1)).toBe("429 TOO_MANY_TRIES");
    const audit = await world.owner<{ entries: ReadonlyArray<{ address: string | null }> }>({
      target: `${routes.audit}?kind=sign-in-refused`,
    });
    expect(new Set(audit.entries.slice(0, 5).map(({ address }) => address?.replace("::ffff:", "")))).toEqual(new Set([outside]));
  });

  it("what a browser calls itself is kept as it is, cut, and harms nobody", async () => {
    const name = await world.addAccount([]);
    const userAgent = `<script>alert(1)</script>'; DROP TABLE sessions;--${"x".repeat(1000)}`;
    const headers = { ...freshAddress(), "user-agent": userAgent };
    const reply = await send(world.stack.url, { method: "POST", target: routes.login, headers, body: { user: name, password } });
    const { accessToken } = readJson<{ accessToken: string }>(reply);
    const list = await send(world.stack.url, { target: routes.signIns, headers: { authorization: `Bearer ${accessToken}` } });
    expect(readJson<ReadonlyArray<{ userAgent: string }>>(list)[0]?.userAgent).toBe(userAgent.slice(0, 200));
    expect(list.headers["x-content-type-options"]).toBe("nosniff");
    expect(list.headers["content-security-policy"]).toMatch(/default-src/);
  });

  it.each([
    ["another site", "https://evil.example", 403],
    ["no site", "null", 403],
    ["a site that begins alike", "http://127.0.0.1.evil.example", 403],
  ])("a page of %s opens no WebSocket", async (_name, origin, status) => {
    expect(await upgrade(routes.mqtt, origin)).toBe(String(status));
  });

  it("WebSockets open at one address alone, and with no token in it", async () => {
    expect(await upgrade(routes.mqtt)).toBe("101");
    for (const path of ["/", "/MQTT", "/mqtt/", "/mqtt/x", "/api/accounts", "//mqtt", "/x/../mqtt"]) {
      expect([path, await upgrade(path)]).toEqual([path, expect.stringMatching(/^4\d\d$/)]);
    }
    expect(await upgrade(`/mqtt?token=${world.proofs.owner.token}`)).toMatch(/^4\d\d$/);
  });

  async function upgrade(path: string, origin?: string): Promise<string> {
    const { hostname, port } = new URL(world.stack.url);
    const headers = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${hostname}:${port}`, ...headers, "Sec-WebSocket-Protocol: mqtt"];
    const more = origin === undefined ? [] : [`Origin: ${origin}`];
    return String(await readStatus(world.stack.url, `${[...lines, ...more].join("\r\n")}\r\n\r\n`));
  }
});

describe("bodies that are more than they seem", () => {
  const send401 = ["401 WRONG_LOGIN", "400 BAD_BODY"];
  const raw = (target: string, body: string) =>
    asOwner({ method: "POST", target, body, headers: { "content-type": "application/json", ...freshAddress() } });

  it.each([
    ["__proto__", '{"__proto__":{"admin":true,"role":"admin","kind":"user"},"user":"admin","password":"wrong wrong"}'],
    ["constructor", '{"constructor":{"prototype":{"admin":true}},"user":"admin","password":"wrong wrong"}'],
    ["a number for a name", '{"user":1,"password":"wrong wrong"}'],
    ["a list for a password", '{"user":"admin","password":["wrong wrong"]}'],
    ["an operator for a password", '{"user":"admin","password":{"$ne":null}}'],
    ["a name twice", '{"user":"x","user":"admin","password":"wrong wrong"}'],
    ["a text that is a program", "{\"user\":\"admin' OR '1'='1\",\"password\":\"' OR '1'='1\"}"],
    ["a deep nest", "[".repeat(2000) + "]".repeat(2000)],
    ["a deep nest of objects", `${'{"a":'.repeat(600)}1${"}".repeat(600)}`],
    ["half a character", '{"user":"\\ud800","password":"wrong wrong"}'],
    ["nothing", "null"],
    ["a byte order mark", "\ufeff{}"],
  ])("%s", async (_name, body) => {
    expect(send401).toContain(await raw(routes.login, body));
    expect(await raw(routes.accounts, body)).toBe("400 BAD_BODY");
    expect(outcomeOf(await world.as("stranger", { target: routes.accounts }))).toBe("403 FORBIDDEN");
    expect(outcomeOf(await world.as("view", { target: routes.audit }))).toBe("403 FORBIDDEN");
  });

  it("grants cannot be smuggled into an account's own requests", async () => {
    const name = await world.addAccount([]);
    const proof = await world.signIn(name);
    const own = (target: string, body: object, method = "POST") =>
      send(world.stack.url, { method, target, headers: { ...proofHeaders(proof), ...freshAddress() }, body });
    expect(outcomeOf(await own(routes.password, { current: password, next: "a longer password", role: "admin" }))).toBe("400 BAD_BODY");
    expect(outcomeOf(await own(`${routes.accounts}/${name}/grants/*`, { role: "admin" }, "PUT"))).toBe("403 FORBIDDEN");
    expect(outcomeOf(await own(`${routes.accounts}/${name}/grants/picarx`, { role: "view" }, "PUT"))).toBe("403 FORBIDDEN");
    for (const header of ["x-user", "x-remote-user", "remote-user", "x-http-method-override", "x-original-url", "x-rewrite-url"]) {
      const reply = await send(world.stack.url, { target: routes.accounts, headers: { ...proofHeaders(proof), [header]: "/api/cameras" } });
      expect([header, outcomeOf(reply)]).toEqual([header, "403 FORBIDDEN"]);
    }
  });
});

describe("requests that two programs would cut differently", () => {
  const host = () => `Host: ${new URL(world.stack.url).host}`;
  const smuggled = "GET /api/accounts HTTP/1.1\r\nHost: x\r\n\r\n";

  it.each<[string, (line: string) => string]>([
    [
      "length and chunks",
      (line) => `POST /api/auth/login HTTP/1.1\r\n${line}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ["two lengths", (line) => `POST /api/auth/login HTTP/1.1\r\n${line}\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n${smuggled}`],
    ["a length with a sign", (line) => `POST /api/auth/login HTTP/1.1\r\n${line}\r\nContent-Length: +4\r\n\r\nabcd`],
    ["chunks that are none", (line) => `POST /api/auth/login HTTP/1.1\r\n${line}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ["a space before the colon", (line) => `GET / HTTP/1.1\r\n${line}\r\nTransfer-Encoding : chunked\r\n\r\n`],
    ["bare line feeds", (line) => `GET / HTTP/1.1\n${line}\n\n`],
    ["a folded header", (line) => `GET / HTTP/1.1\r\n${line}\r\nX-A: b\r\n c\r\n\r\n`],
    ["no host", () => "GET / HTTP/1.1\r\n\r\n"],
    ["a zero byte in a header", (line) => `GET / HTTP/1.1\r\n${line}\r\nX-A: b\u0000c\r\n\r\n`],
    ["17 kB of headers", (line) => `GET / HTTP/1.1\r\n${line}\r\nX-A: ${"b".repeat(17_000)}\r\n\r\n`],
    ["TLS", () => "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
    ["MQTT", () => "\u0010\u000c\u0000\u0004MQTT\u0004\u0002\u0000\u003c\u0000\u0000"],
  ])("%s", async (_name, make) => {
    const text = await sendBytes(world.stack.url, Buffer.from(make(host()), "latin1"));
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it("two hosts are refused, and none lends a foreign page the cookie", async () => {
    const { host: real } = new URL(world.stack.url);
    for (const [first, second] of [
      [real, "evil.example"],
      ["evil.example, evil.example", real],
    ]) {
      const lines = [`Host: ${first}`, `Host: ${second}`, "Origin: http://evil.example", `Cookie: ${world.proofs.owner.cookie}`];
      const text = `POST ${routes.logoutEverywhere} HTTP/1.1\r\n${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`;
      expect(await readStatus(world.stack.url, text)).toBe(400);
    }
  });

  it("an answer holds no header that a request wrote", async () => {
    for (const target of ["/x%0d%0aX-Evil:1", "/live/picarx/front/whep/%0d%0aX-Evil:1", "/api/accounts/%0aX-Evil:1"]) {
      const reply = await world.as("owner", { method: "DELETE", target });
      expect([target, reply.status, reply.headers["x-evil"]]).toEqual([target, 400, undefined]);
    }
  });
});
