import { request } from "node:http";
import { join } from "node:path";
import { type AuditEntry, auditKinds, auditReplySchema } from "@helmcast/config";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rotateAfterMs } from "../auth/cookie-rotation.ts";
import { postJson, testPassword } from "../test-rig/start-gateway.ts";
import { type RunningRig, startRunningRig } from "../watching/rig/running.ts";
import { controlSocketName } from "./control-socket.ts";

let rig: RunningRig;
let admin = "";
beforeAll(async () => {
  rig = await startRunningRig();
  ({ token: admin } = await rig.signIn());
});
afterAll(() => rig.stop());

const fetchSession = async (cookie: string) => {
  const response = await fetch(`${rig.base}/api/auth/session`, { headers: { cookie } });
  await response.text();
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
};

/** Shows a value of the cookie that was replaced long ago, as a thief would. */
async function reuseCookie(): Promise<void> {
  const { cookie } = await rig.signIn("bea");
  rig.advanceWallMs(rotateAfterMs + 1000);
  const next = await fetchSession(cookie);
  await fetchSession(next);
  rig.advanceWallMs(rotateAfterMs + 1000);
  await fetchSession(cookie);
}

async function takeBlackBox(token: string): Promise<void> {
  const device = await rig.deviceToken();
  const connection = { username: "picarx", password: device, protocolVersion: 4 } as const;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${rig.ports.mqtt}`, connection);
  await client.subscribeAsync("demo/picarx/lease");
  const told = new Promise<string>((resolve) => {
    client.on("message", (_topic, payload) => {
      const { kind, path } = JSON.parse(payload.toString()) as { kind?: string; path?: string };
      if (kind === "black-box") {
        resolve(path ?? "");
      }
    });
  });
  const answer = rig.ask("GET", "/api/devices/picarx/black-box", token);
  const headers = { authorization: `Bearer ${device}`, "content-type": "application/gzip" };
  await fetch(`${rig.base}${await told}`, { method: "POST", headers, body: "box" });
  expect(await (await answer).text()).toBe("box");
  await client.endAsync();
}

/** As the command line on the relay's host does it. */
function askControl(path: string, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const asked = request({ socketPath: join(rig.dataDir, controlSocketName), path, method: "POST", headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}

/** Does everything once that is to be recorded. */
async function doEverything(): Promise<void> {
  await reuseCookie();
  ({ token: admin } = await rig.signIn());
  const { token: ann } = await rig.signIn("ann");
  await postJson(`${rig.base}/api/auth/login`, { user: "ann", password: "wrong" });
  await rig.ask("POST", "/api/accounts", admin, { name: "dan", grants: [{ device: "picarx", role: "view" }] });
  await rig.ask("DELETE", "/api/accounts/dan/grants/picarx", admin);
  await rig.ask("DELETE", "/api/accounts/dan", admin);
  await rig.begin("ann", ann, ["whep", "drive"]);
  await takeBlackBox(ann);
  const list = (await (await rig.ask("GET", "/api/sessions", admin)).json()) as { id: string; transport: string }[];
  for (const { id } of list) {
    await rig.ask("DELETE", `/api/sessions/${id}`, admin);
  }
  await rig.ask("POST", "/api/auth/password", ann, { current: testPassword, next: "another-password" });
  await rig.ask("POST", "/api/auth/logout", ann);
  const { id } = await rig.visit(admin, 1e9);
  await rig.ask("DELETE", `/api/shares/${id}`, admin);
  const { code } = (await (await rig.ask("POST", "/api/devices", admin, { device: "rover" })).json()) as { code: string };
  await postJson(`${rig.base}/api/enrol`, { code });
  await rig.ask("DELETE", "/api/devices/rover", admin);
  expect(await askControl("/control/keys", {})).toBe(201);
  expect(await askControl("/control/backup", { file: join(rig.dataDir, "copy.sqlite") })).toBe(204);
}

async function readAudit(query: string): Promise<readonly AuditEntry[]> {
  return auditReplySchema.parse(await (await rig.ask("GET", `/api/audit?${query}`, admin)).json()).entries;
}

describe("the audit log of a whole gateway", () => {
  it("has an entry of every kind that the contract names, newest first, to be found by kind, person and device", async () => {
    await doEverything();
    const entries = await readAudit("limit=200");
    expect([...new Set(entries.map(({ kind }) => kind))].sort()).toEqual([...auditKinds].sort());
    const ids = entries.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((left, right) => right - left));
    for (const kind of auditKinds) {
      expect(await readAudit(`kind=${kind}&limit=200`), kind).toEqual(entries.filter((entry) => entry.kind === kind));
    }
    expect(await readAudit("actor=ann&limit=200")).toEqual(entries.filter(({ actor }) => actor === "ann"));
    expect(await readAudit("device=rover&limit=200")).toEqual(entries.filter(({ device }) => device === "rover"));
    expect(entries.find(({ kind }) => kind === "kicked")).toMatchObject({
      actor: "admin",
      subject: "ann",
      device: "picarx",
      address: "127.0.0.1",
    });
    expect(entries.find(({ kind }) => kind === "lease-taken")).toMatchObject({ actor: "ann", device: "picarx" });
    const text = JSON.stringify(entries);
    for (const secret of [testPassword, "another-password", "wrong", admin]) {
      expect(text).not.toContain(`"${secret}`);
    }
  });
});
