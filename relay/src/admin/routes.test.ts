import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { operations } from "@helmcast/config";
import { silentLog } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createIdentities } from "../auth/identity.ts";
import { createTokens } from "../auth/tokens.ts";
import { buildApp } from "../http/app.ts";
import { proveSite } from "./prove-site.ts";
import { type AdministrationRig, startAdministration } from "./rig/administration-rig.ts";
import { administrationRoutes } from "./routes.ts";

let rig: AdministrationRig;
let server: Server;
let base = "";
let tokenOf: (account: string) => string;

beforeEach(async () => {
  rig = startAdministration();
  const wallMs = () => rig.nowMs;
  const tokens = createTokens(rig.state.signingKeys, wallMs);
  const identities = createIdentities({ ...rig.state, tokens, wallMs });
  rig.state.accounts.put("anna", "no hash", 0);
  rig.state.accounts.grant("anna", "picarx", "admin");
  for (const name of ["boss", "anna"]) {
    rig.signIn(name, `sid-${name}`);
  }
  tokenOf = (account) => tokens.issue({ sub: account, sid: `sid-${account}`, kind: "user" }).accessToken;
  const router = administrationRoutes({ administration: rig.administration, prove: proveSite(identities) });
  server = buildApp({ routers: [router], log: silentLog(), trustedProxies: [], guards: [] }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rig.stop();
});

async function ask(method: string, path: string, body?: unknown, as: string | null = "boss") {
  const headers = { "content-type": "application/json", ...(as === null ? {} : { authorization: `Bearer ${tokenOf(as)}` }) };
  const response = await fetch(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  const json = text === "" ? null : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, json, code: json?.["code"], caching: response.headers.get("cache-control") };
}

const own = operations.filter(({ tag, id }) => tag === "people" || id === "listDevices" || id === "removeDevice" || id === "readAudit");
const filled = (path: string) => path.replace(":name", "nobody").replace(":device", "picarx");

describe("every operation", () => {
  it.each(own)("$method $path is there, for those who run the relay alone, and caches nothing", async ({ method, path }) => {
    const body = method === "post" || method === "put" ? {} : undefined;
    expect(await ask(method.toUpperCase(), filled(path), body, null)).toMatchObject({ status: 401, code: "HC_GATEWAY_NOT_SIGNED_IN" });
    expect(await ask(method.toUpperCase(), filled(path), body, "anna")).toMatchObject({ status: 403, code: "HC_GATEWAY_FORBIDDEN" });
    const { code, caching } = await ask(method.toUpperCase(), filled(path), body);
    expect([caching, code === "HC_GATEWAY_NOT_FOUND" || code === "HC_GATEWAY_FORBIDDEN"]).toEqual(["no-store", false]);
  });
});

describe("answers", () => {
  it("are those of the contract", async () => {
    rig.state.devices.put("picarx", { secretHash: "s", generation: "g" }, rig.nowMs);
    const replies = new Map<string, unknown>();
    const steps = [
      ["addAccount", "POST", "/api/accounts", { name: "ben" }, 201],
      ["setPassword", "POST", "/api/accounts/ben/password", {}, 200],
      ["setGrant", "PUT", "/api/accounts/ben/grants/*", { role: "view" }, 204],
      ["removeGrant", "DELETE", "/api/accounts/ben/grants/*", undefined, 204],
      ["listAccounts", "GET", "/api/accounts", undefined, 200],
      ["removeAccount", "DELETE", "/api/accounts/ben", undefined, 204],
      ["listDevices", "GET", "/api/devices", undefined, 200],
      ["removeDevice", "DELETE", "/api/devices/picarx", undefined, 204],
      ["readAudit", "GET", "/api/audit?limit=3", undefined, 200],
    ] as const;
    for (const [id, method, path, body, status] of steps) {
      const reply = await ask(method, path, body);
      expect([id, reply.status]).toEqual([id, status]);
      const schema = operations.find((operation) => operation.id === id)?.reply.schema;
      expect(schema === undefined ? reply.json : schema.safeParse(reply.json).success, id).toBe(schema === undefined ? null : true);
      replies.set(id, reply.json);
    }
    expect(replies.get("readAudit")).toMatchObject({
      more: true,
      entries: [{ kind: "device-removed", actor: "boss", address: "127.0.0.1" }, { kind: "grant-removed" }, { kind: "account-removed" }],
    });
  });

  it.each([
    ["POST", "/api/accounts", { name: "boss" }, 409, "HC_GATEWAY_ACCOUNT_EXISTS"],
    ["POST", "/api/accounts", { name: "Not A Name" }, 400, "HC_GATEWAY_BAD_BODY"],
    ["POST", "/api/accounts", { name: "ben", password: "short" }, 400, "HC_GATEWAY_BAD_BODY"],
    ["POST", "/api/accounts", { name: "ben", grants: [{ device: "picarx", role: "owner" }] }, 400, "HC_GATEWAY_BAD_BODY"],
    ["POST", "/api/accounts", { name: "ben", extra: 1 }, 400, "HC_GATEWAY_BAD_BODY"],
    ["POST", "/api/accounts", { name: "x".repeat(20_000) }, 413, "HC_GATEWAY_BODY_TOO_LARGE"],
    ["POST", "/api/accounts/nobody/password", {}, 404, "HC_GATEWAY_ACCOUNT_UNKNOWN"],
    ["DELETE", "/api/accounts/No%20Name", undefined, 404, "HC_GATEWAY_ACCOUNT_UNKNOWN"],
    ["DELETE", "/api/accounts/boss", undefined, 409, "HC_GATEWAY_LAST_ADMIN"],
    ["PUT", "/api/accounts/anna/grants/No_Device", { role: "view" }, 404, "HC_GATEWAY_DEVICE_UNKNOWN"],
    ["PUT", "/api/accounts/boss/grants/*", { role: "view" }, 409, "HC_GATEWAY_LAST_ADMIN"],
    ["DELETE", "/api/accounts/anna/grants/rover", undefined, 404, "HC_GATEWAY_GRANT_UNKNOWN"],
    ["DELETE", "/api/devices/rover", undefined, 404, "HC_GATEWAY_DEVICE_UNKNOWN"],
    ["GET", "/api/audit?kind=gossip", undefined, 400, "HC_GATEWAY_BAD_QUERY"],
    ["GET", "/api/audit?limit=1000", undefined, 400, "HC_GATEWAY_BAD_QUERY"],
    ["GET", "/api/audit?limit=1&limit=2", undefined, 400, "HC_GATEWAY_BAD_QUERY"],
    ["GET", "/api/audit?before=-1", undefined, 400, "HC_GATEWAY_BAD_QUERY"],
    ["GET", "/api/audit?order=up", undefined, 400, "HC_GATEWAY_BAD_QUERY"],
    ["POST", "/api/devices", { device: "rover" }, 404, "HC_GATEWAY_NOT_FOUND"],
  ])("refuse %s %s %j", async (method, path, body, status, code) => {
    expect(await ask(method, path, body)).toMatchObject({ status, code });
    expect(rig.told).toEqual([]);
  });

  it("page through the log and filter it", async () => {
    for (const device of ["a", "b", "a", "b", "a"]) {
      rig.state.audit.add({ atMs: 0, kind: "kicked", actor: "boss", subject: "x", device });
    }
    const first = await ask("GET", "/api/audit?kind=kicked&device=a&limit=2");
    const entries = first.json?.["entries"] as { id: number }[];
    expect([entries.map(({ id }) => id), first.json?.["more"]]).toEqual([[5, 3], true]);
    const second = await ask("GET", "/api/audit?kind=kicked&device=a&limit=2&before=3");
    expect(second.json).toMatchObject({ entries: [{ id: 1 }], more: false });
  });

  it("stop at once for somebody whose right was taken away", async () => {
    rig.state.accounts.grant("anna", "*", "admin");
    expect((await ask("GET", "/api/accounts", undefined, "anna")).status).toBe(200);
    rig.administration.people.removeGrant("anna", "*", { name: "boss", address: null });
    expect((await ask("GET", "/api/accounts", undefined, "anna")).status).toBe(403);
  });
});
