import type { Server } from "node:http";
import { createServer } from "node:http";
import { AppError } from "@helmcast/config";
import { listenOnFreePort } from "@helmcast/config/rig";
import { createLog, silentLog, systemClock } from "@helmcast/runtime";
import { Router } from "express";
import { afterEach, describe, expect, it } from "vitest";
import type { AnsweredRequest } from "../metrics/meters.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { buildApp } from "./app.ts";
import { closeServer } from "./listen.ts";
import { observeRequests } from "./observe-requests.ts";
import { createRequestLimit, limitRequests } from "./request-limit.ts";
import { createVisitorReader, type Visitor } from "./visitor.ts";

let server: Server | null = null;
afterEach(async () => {
  if (server !== null) {
    await closeServer(server);
  }
});

/** An app with all guards, whose limit takes three requests. */
async function start(router: Router, trustedProxies: readonly string[] = ["loopback"]) {
  const lines: Array<Record<string, unknown>> = [];
  const seen: AnsweredRequest[] = [];
  const log = createLog({ name: "test", level: "debug", destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const limit = createRequestLimit({ burst: 3, perSecond: 0.01 }, () => 0);
  const guards = [
    observeRequests({ meter: { observe: (request) => void seen.push(request) }, clock: systemClock, log, whoOf: () => "ann" }),
    limitRequests(limit),
  ];
  const app = buildApp({ log: silentLog(), routers: [router], guards, trustedProxies });
  server = createServer(app);
  const base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  return { app, base, lines, seen };
}

describe("observeRequests", () => {
  it("counts each request by its operation and writes a line without its address", async () => {
    const router = Router();
    router.get("/api/cameras", (_request, response) => void response.json([]));
    router.get("/live/:device/:camera/mjpeg", (_request, response) => void response.write("x"));
    router.get("/api/audit", () => {
      throw new AppError("HC_GATEWAY_FORBIDDEN");
    });
    const { base, lines, seen } = await start(router);
    await fetch(`${base}/api/cameras?token=hunter2`, { headers: { cookie: "helmcast_session=hunter2" } });
    await fetch(`${base}/api/audit`);
    await fetch(`${base}/share/hunter2`);
    const stream = new AbortController();
    await fetch(`${base}/live/picarx/front/mjpeg`, { signal: stream.signal });
    await new Promise((resolve) => setTimeout(resolve, 150));
    stream.abort();
    await waitUntil("four lines", () => seen.length === 4);
    expect(seen.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      "listCameras 200",
      "readAudit 403",
      "none 404",
      "mjpeg 200",
    ]);
    expect(seen[3]?.tookMs).toBeLessThan(150);
    expect(lines[3]?.["wholeMs"]).toBeGreaterThanOrEqual(140);
    expect(lines[0]).toMatchObject({
      level: "debug",
      operation: "listCameras",
      status: 200,
      who: "ann",
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
  });

  it("notes a visitor who left before the answer", async () => {
    const router = Router();
    let came = 0;
    router.get("/api/cameras", () => void came++);
    const { base, seen } = await start(router);
    const leaving = new AbortController();
    const asked = fetch(`${base}/api/cameras`, { signal: leaving.signal }).catch(() => null);
    await waitUntil("the request", () => came === 1);
    leaving.abort();
    await asked;
    await waitUntil("the line", () => seen.length === 1);
    expect(seen[0]).toMatchObject({ operation: "listCameras", status: 499 });
  });
});

describe("limitRequests", () => {
  it("refuses what is over the limit at the API with Retry-After, and leaves media alone", async () => {
    const router = Router();
    router.get(["/api/cameras", "/live/picarx/front/hls/index.m3u8"], (_request, response) => void response.json([]));
    const { base } = await start(router);
    const ask = async (path: string, headers = {}) => (await fetch(`${base}${path}`, { headers })).status;
    expect([await ask("/api/cameras"), await ask("/api/none"), await ask("/api/cameras")]).toEqual([200, 404, 200]);
    const refused = await fetch(`${base}/api/cameras`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "100"]);
    expect(await refused.json()).toMatchObject({ code: "HC_GATEWAY_TOO_MANY_REQUESTS" });
    expect(refused.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(await ask("/API/cameras")).toBe(429);
    expect(await ask("/live/picarx/front/hls/index.m3u8")).toBe(200);
    expect(await ask("/healthz")).toBe(404);
    expect(await ask("/api/cameras", { "x-forwarded-for": "192.0.2.9" })).toBe(200);
  });
});

describe("createVisitorReader", () => {
  const cases: ReadonlyArray<readonly [string, readonly string[], Record<string, string>]> = [
    ["nothing told", ["loopback"], {}],
    ["a trusted proxy", ["loopback"], { "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https" }],
    ["a visitor who lies to the proxy", ["loopback"], { "x-forwarded-for": "203.0.113.1, 192.0.2.9", "x-forwarded-proto": "https" }],
    ["two proxies", ["loopback", "10.0.0.0/8"], { "x-forwarded-for": "192.0.2.9, 10.1.2.3" }],
    ["proxies all the way", ["loopback", "192.0.2.0/24"], { "x-forwarded-for": "192.0.2.9, 192.0.2.3" }],
    ["nobody trusted", [], { "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https" }],
    ["another proxy trusted", ["10.0.0.2"], { "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https" }],
    ["odd lists", ["loopback"], { "x-forwarded-for": " , ,192.0.2.9, ", "x-forwarded-proto": "wss" }],
  ];
  it.each(cases)("reads what Express reads: %s", async (what, trusted, headers) => {
    const router = Router();
    let read: (request: Parameters<ReturnType<typeof createVisitorReader>>[0]) => Visitor = () => ({ address: "", secure: false });
    router.get("/x", (request, response) => {
      response.json([{ address: request.ip, secure: request.secure }, read(request)]);
    });
    const { app, base } = await start(router, trusted);
    read = createVisitorReader(app);
    const [express, own] = (await (await fetch(`${base}/x`, { headers })).json()) as [Visitor, Visitor];
    expect(own).toEqual(express);
    expect(own.secure).toBe(["a trusted proxy", "a visitor who lies to the proxy"].includes(what));
    expect(own.address).toBe(trusted.includes("loopback") && what !== "nothing told" ? "192.0.2.9" : "127.0.0.1");
  });
});
