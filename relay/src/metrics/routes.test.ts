import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog } from "@helmcast/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdentities } from "../auth/identity.ts";
import { createTokens } from "../auth/tokens.ts";
import { buildApp } from "../http/app.ts";
import { closeServer } from "../http/listen.ts";
import { loadState, type State } from "../state/state.ts";
import { metricsRoutes, readMetricsToken } from "./routes.ts";

const token = "prometheus-prometheus";
let state: State;
let server: Server;
let base = "";
let bare = "";
let bareServer: Server;
let issue: (name: string) => string;

beforeAll(async () => {
  const nowMs = Date.now();
  state = loadState(":memory:", nowMs);
  const wallMs = () => Date.now();
  for (const name of ["admin", "ann"]) {
    state.accounts.put(name, "", nowMs);
    state.sessions.add({ id: `s-${name}`, account: name, cookieHash: `c-${name}`, expiresMs: nowMs + 60_000 }, nowMs);
  }
  state.accounts.grant("admin", "*", "admin");
  state.accounts.grant("ann", "picarx", "admin");
  const tokens = createTokens(state.signingKeys, wallMs);
  const identities = createIdentities({ ...state, tokens, wallMs });
  issue = (name) => tokens.issue({ sub: name, sid: `s-${name}`, kind: "user" }).accessToken;
  const metrics = { write: async () => "helmcast_engine_up 1\n", contentType: "text/plain; version=0.0.4; charset=utf-8" };
  const serve = (given: string | null) =>
    createServer(buildApp({ log: silentLog(), routers: [metricsRoutes({ metrics, identities, token: given })] }));
  server = serve(token);
  bareServer = serve(null);
  base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  bare = `http://127.0.0.1:${await listenOnFreePort(bareServer)}`;
});
afterAll(async () => {
  await closeServer(server);
  await closeServer(bareServer);
  state.close();
});

describe("GET /metrics", () => {
  it.each<[string, () => Record<string, string>, string, number]>([
    ["nobody", () => ({}), "", 401],
    ["an account that runs the relay", () => ({ authorization: `Bearer ${issue("admin")}` }), "", 200],
    ["an admin of one device", () => ({ authorization: `Bearer ${issue("ann")}` }), "", 403],
    ["the token of the settings", () => ({ authorization: `Bearer ${token}` }), "", 200],
    ["a token that is longer", () => ({ authorization: `Bearer ${token}x` }), "", 401],
    ["an empty token", () => ({ authorization: "Bearer " }), "", 401],
    ["the token as Basic", () => ({ authorization: `Basic ${token}` }), "", 401],
    ["the token in the address", () => ({}), `?token=${token}`, 401],
    ["the token, and another in the address", () => ({ authorization: `Bearer ${token}` }), "?token=x", 401],
  ])("%s", async (_who, headers, query, status) => {
    const response = await fetch(`${base}/metrics${query}`, { headers: headers() });
    expect(response.status).toBe(status);
    expect((await response.text()).includes("helmcast_engine_up")).toBe(status === 200);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("is Prometheus' text format and takes no other method", async () => {
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${base}/metrics`, { headers })).headers.get("content-type")).toContain("version=0.0.4");
    const refused = await fetch(`${base}/metrics`, { headers, method: "POST" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("knows no token where the settings name none", async () => {
    for (const value of [token, "null", ""]) {
      expect((await fetch(`${bare}/metrics`, { headers: { authorization: `Bearer ${value}` } })).status).toBe(401);
    }
  });
});

describe("readMetricsToken", () => {
  it("takes the first line and refuses what could be guessed", () => {
    const folder = mkdtempSync(join(tmpdir(), "helmcast-metrics-"));
    try {
      const read = (text: string) => {
        writeFileSync(join(folder, "token"), text);
        return readMetricsToken(join(folder, "token"));
      };
      expect(readMetricsToken(null)).toBeNull();
      expect(read(`${token}\r\nmore\n`)).toBe(token);
      expect(read(token)).toBe(token);
      for (const bad of ["", "\n", "short", "with spaces in the middle of it", "x".repeat(257)]) {
        expect(() => read(bad)).toThrow(/first line/);
      }
      expect(() => readMetricsToken(join(folder, "gone"))).toThrow(/cannot be read/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
