import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getRaw, readRefusal, sendBytes, startGateway, type TestGateway } from "../test-rig/start-gateway.ts";

let rig: TestGateway;
beforeAll(async () => {
  rig = await startGateway();
});
afterAll(async () => {
  await rig.stop();
});
const html = { accept: "text/html,application/xhtml+xml" };

describe("the viewer's files", () => {
  it("are missed in words before they are built, and served with caching once they are", async () => {
    expect(await readRefusal(await fetch(rig.base, { headers: html }))).toBe("503 HC_GATEWAY_NO_VIEWER");
    const folder = join(rig.dataDir, "viewer");
    mkdirSync(join(folder, "assets"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<title>app</title>");
    writeFileSync(join(folder, "assets", "index-B7xYz12_.js"), "1");
    writeFileSync(join(folder, "sw.js"), "1");
    for (const page of ["/", "/watch/picarx/front"]) {
      const response = await fetch(`${rig.base}${page}`, { headers: html });
      expect([response.status, await response.text(), response.headers.get("cache-control")]).toEqual([
        200,
        "<title>app</title>",
        "no-cache",
      ]);
    }
    const caching = async (path: string) => (await fetch(`${rig.base}${path}`)).headers.get("cache-control");
    expect(await caching("/assets/index-B7xYz12_.js")).toContain("immutable");
    expect(await caching("/sw.js")).toBe("no-cache");
    expect((await fetch(`${rig.base}/assets/gone.js`, { headers: html })).status).toBe(404);
    expect(await readRefusal(await fetch(`${rig.base}/api/gone`, { headers: html }))).toBe("404 HC_GATEWAY_NOT_FOUND");
  });
});

describe("headers", () => {
  it("keep the page to itself and let its own WebSocket and workers run", async () => {
    const policy = (await fetch(`${rig.base}/healthz`)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("worker-src 'self' blob:");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${rig.ports.gateway}`);
    expect(policy).not.toMatch(/unsafe|upgrade-insecure|\*/);
    expect(await getRaw(rig.base, "/healthz", { host: "evil'; script-src *" })).toMatch(/^200/);
  });

  it("never name the program", async () => {
    const { headers } = await fetch(`${rig.base}/healthz`);
    expect([headers.get("x-powered-by"), headers.get("server")]).toEqual([null, null]);
  });
});

describe("what is no HTTP", () => {
  it.each([
    ["garbage", Buffer.from([0, 1, 2, 3, 255, 10, 13, 10])],
    ["a header without an end", `GET / HTTP/1.1\r\nX: ${"x".repeat(40_000)}`],
    ["two lengths", "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"],
    [
      "length and chunks at once",
      "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a full address of another host", "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"],
    [
      "an unknown upgrade",
      "GET /mqtt2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ],
  ])("is refused: %s", async (_what, bytes) => {
    expect(await sendBytes(rig.base, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await fetch(`${rig.base}/healthz`)).status).toBe(200);
  });
});

describe("a thousand strange requests", () => {
  it("bring no 5xx and no crash", async () => {
    const { auth } = await rig.signIn();
    let seed = 7;
    const pick = <Item>(items: readonly Item[]): Item => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return items[seed % items.length] as Item;
    };
    const pieces = [
      "/api",
      "/auth/login",
      "/cameras",
      "/live",
      "/picarx",
      "/front",
      "/whep",
      "/hls",
      "/index.m3u8",
      "/..",
      "/%2f",
      "/%",
      "?a=b",
      "?_HLS_msn=9",
      "/é",
      "/💥",
      "/x".repeat(50),
    ];
    for (let round = 0; round < 1000; round++) {
      const target = encodeURI(`${pick(pieces)}${pick(pieces)}${pick(pieces)}${pick(pieces)}`);
      const headers = { ...(round % 2 === 0 ? auth : {}), "content-type": pick(["application/json", "application/sdp", "x"]) };
      const method = pick(["GET", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"]);
      const body = method === "GET" ? {} : { body: pick(["{}", "v=0", "[", "\0", ""]) };
      const { status } = await fetch(`${rig.base}${target}`, { method, headers, ...body });
      expect(status, `${method} ${target}`).toBeLessThan(500);
    }
  });
});
