import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enrolmentSchema, enrolReplySchema } from "@helmcast/config";
import { loadEdgeSettings } from "@helmcast/config/load";
import { listenOnFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { proveSite } from "../admin/prove-site.ts";
import { createIdentities, type Identities } from "../auth/identity.ts";
import { hashSecret } from "../auth/secrets.ts";
import { createTokens, type Tokens } from "../auth/tokens.ts";
import { buildApp } from "../http/app.ts";
import { maxDevices } from "../state/devices.ts";
import { loadState, type State } from "../state/state.ts";
import { postJson, readRefusal } from "../test-rig/start-gateway.ts";
import { createCodeLimit } from "./code-limit.ts";
import { createEnrolDevice } from "./enrol-device.ts";
import { createEnrolmentMaker, type MakeEnrolment } from "./make-enrolment.ts";
import { createCodeRedeemer } from "./redeem-code.ts";
import { enrolRoutes } from "./routes.ts";

let state: State;
let tokens: Tokens;
let identities: Identities;
let makeEnrolment: MakeEnrolment;
let base: string;
let told: string[];
let aheadMs = 0;
const closers: Array<() => void> = [];

beforeEach(async () => {
  told = [];
  aheadMs = 0;
  state = loadState(":memory:", 0);
  const clock = { ...systemClock, wallMs: () => Date.now() + aheadMs };
  const wallMs = clock.wallMs;
  tokens = createTokens(state.signingKeys, wallMs);
  identities = createIdentities({ tokens, ...state, wallMs });
  const deviceRemoved = (id: string, generation: string) =>
    void told.push(`${id} ${generation} ${state.revocations.has(generation)} ${state.devices.get(id)?.generation === generation}`);
  const enrol = createEnrolDevice({ ...state, revoker: { deviceRemoved }, wallMs });
  const limit = createCodeLimit(() => clock.monotonicMs() + aheadMs);
  makeEnrolment = createEnrolmentMaker({ ...state, wallMs });
  const redeemCode = createCodeRedeemer({ ...state, enrol, limit, clock });
  const router = enrolRoutes({ makeEnrolment, redeemCode, limit, prove: proveSite(identities), site: "demo" });
  const server = createServer(buildApp({ log: silentLog(), trustedProxies: ["loopback"], guards: [], routers: [router] }));
  base = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  closers.push(() => {
    server.closeAllConnections();
    server.close();
    state.close();
  });
  for (const name of ["boss", "driver"]) {
    state.accounts.put(name, "no hash", wallMs());
    state.sessions.add({ id: name, account: name, cookieHash: `hash-${name}`, expiresMs: wallMs() + 3_600_000 }, wallMs());
  }
  state.accounts.grant("boss", "*", "admin");
  state.accounts.grant("driver", "picarx", "admin");
});
afterEach(() => closers.splice(0).forEach((close) => void close()));

const authOf = (sub: string) => ({ authorization: `Bearer ${tokens.issue({ sub, sid: sub, kind: "user" }).accessToken}` });
const askCode = (device: string, who = "boss") => postJson(`${base}/api/devices`, { device }, authOf(who));
const makeCode = async (device = "picarx") => enrolmentSchema.parse(await (await askCode(device)).json()).code;
/** The test speaks as the proxy on this host does, so that every request can come from another address. */
const enrolFrom = (address: string, code: string) => postJson(`${base}/api/enrol`, { code }, { "x-forwarded-for": address });
const enrol = (code: string) => enrolFrom("192.0.2.9", code);
const secretFrom = async (code: string) => enrolReplySchema.parse(await (await enrol(code)).json()).secret;
const audit = () =>
  state.audit.read({ limit: 99 }).entries.map(({ kind, actor, subject, address }) => `${kind} ${actor} ${subject} ${address}`);

describe("enrolling", () => {
  it("trades a code, typed as people type, for a secret that is stored as a hash, and records both steps without either", async () => {
    const made = await askCode("picarx");
    expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { code, expiresAt } = enrolmentSchema.parse(await made.json());
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}$/);
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 600_000)).toBeLessThan(5000);
    const response = await enrol(` ${code.toLowerCase().replace("-", " ")} `);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const reply = enrolReplySchema.parse(await response.json());
    expect(reply).toMatchObject({ device: "picarx", site: "demo" });
    expect(Object.keys(reply).sort()).toEqual(["device", "secret", "site"]);
    expect(Buffer.from(reply.secret, "base64url")).toHaveLength(32);
    expect(state.devices.get("picarx")?.secretHash).toBe(hashSecret(reply.secret));
    expect(audit()).toEqual([
      "device-enrolled boss picarx 192.0.2.9",
      expect.stringMatching(/^enrolment-made boss picarx .*127\.0\.0\.1$/),
    ]);
    expect(told).toEqual([]);
  });

  it("anew ends the earlier secret and tokens, first denied, then cut off", async () => {
    const first = await secretFrom(await makeCode());
    const before = state.devices.get("picarx");
    const old = tokens.issue({ sub: "picarx", sid: before?.generation ?? "", kind: "device" }).accessToken;
    expect(identities.fromToken(old).ok).toBe(true);
    // A code alone changes nothing.
    const code = await makeCode();
    expect(state.devices.get("picarx")).toEqual(before);
    expect(await secretFrom(code)).not.toBe(first);
    expect(told).toEqual([`picarx ${before?.generation} true false`]);
    expect(identities.fromToken(old)).toEqual({ ok: false, reason: "invalid" });
    expect(state.devices.get("picarx")?.secretHash).not.toBe(before?.secretHash);
  });

  it("counts only the newest code of a device", async () => {
    const [old, fresh] = [await makeCode(), await makeCode()];
    expect(await readRefusal(await enrol(old))).toBe("401 HC_GATEWAY_CODE_WRONG");
    expect((await enrol(fresh)).status).toBe(200);
  });

  it("is for those who run the relay", async () => {
    expect(await readRefusal(await askCode("picarx", "driver"))).toBe("403 HC_GATEWAY_FORBIDDEN");
    expect(await readRefusal(await postJson(`${base}/api/devices`, { device: "picarx" }))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(await readRefusal(await postJson(`${base}/api/devices`, "x".repeat(5000)))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect(await readRefusal(await askCode("Not A Name"))).toBe("400 HC_GATEWAY_BAD_BODY");
    expect(state.enrolments.countLive(0)).toBe(0);
  });

  it("says that there are too many devices to whoever makes the code", async () => {
    for (let index = 0; index < maxDevices; index++) {
      state.devices.put(`d${index}`, { secretHash: "h", generation: `g${index}` }, 0);
    }
    expect(await readRefusal(await askCode("one-more"))).toBe("409 HC_GATEWAY_LIMIT");
    expect((await askCode("d7")).status).toBe(201);
  });
});

describe("the edge's own command", () => {
  it("enrols with a code, and ends with the secret that the relay knows", async () => {
    const folder = mkdtempSync(join(tmpdir(), "helmcast-enrol-"));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const main = fileURLToPath(new URL("../../../edge/src/main.ts", import.meta.url));
    const code = await makeCode("rover");
    const child = spawn(process.execPath, [main, "enrol", "--relay", base, "--code", code], { cwd: folder, stdio: "ignore" });
    const exitCode = await new Promise((done) => child.once("close", done));
    expect(exitCode).toBe(0);
    const secret = readFileSync(join(folder, ".helmcast", "device.secret"), "utf8").trim();
    expect(state.devices.get("rover")?.secretHash).toBe(hashSecret(secret));
    const loaded = loadEdgeSettings({ argv: ["--config", "edge.yaml"], env: {}, cwd: folder });
    expect(loaded).toMatchObject({ ok: true, settings: { device: "rover", site: "demo", relay: { url: base } } });
  });
});

describe("a code that does not count", () => {
  it("gets one answer after one time, whatever is wrong with it", async () => {
    const [used, late, orphaned] = [await makeCode("used"), await makeCode("late"), makeEnrolment("orphaned", "driver").code];
    await enrol(used);
    aheadMs = 599_000;
    expect((await enrol(await makeCode("in-time"))).status).toBe(200);
    aheadMs = 601_000;
    const answers: string[] = [];
    for (const code of [used, late, orphaned, "ABCD-EFGH"]) {
      const startMs = performance.now();
      const response = await enrol(code);
      const text = (await response.text()).replace(/"requestId":"[^"]*"/, "");
      expect(performance.now() - startMs).toBeGreaterThan(245);
      answers.push(`${response.status} ${text}`);
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("HC_GATEWAY_CODE_WRONG");
    expect(state.devices.ids().sort()).toEqual(["in-time", "used"]);
    expect(audit()[0]).toBe("sign-in-refused unknown enrolment code 192.0.2.9");
  });

  it("is one whose maker may not enrol devices any more, and the command line always may", async () => {
    const code = await makeCode();
    state.accounts.revoke("boss", "*");
    expect(await readRefusal(await enrol(code))).toBe("401 HC_GATEWAY_CODE_WRONG");
    expect((await enrol(makeEnrolment("rover", "command line").code)).status).toBe(200);
  });

  it.each(["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD-EFG\u0000", "A".repeat(40)])("has no form of one: %j", async (code) => {
    expect(await readRefusal(await enrol(code))).toBe("400 HC_GATEWAY_BAD_BODY");
  });
});

describe("guessing", () => {
  const guess = () => `ABCD-EFG${"ABCDEFGH"[Math.floor(Math.random() * 8)]}`;

  it("is slowed for one address", async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, async () => (await enrolFrom("198.51.100.1", guess())).status));
    expect(answers.filter((status) => status === 401)).toHaveLength(10);
    const refused = await enrolFrom("198.51.100.1", guess());
    expect([refused.headers.get("retry-after"), await readRefusal(refused)]).toEqual(["6", "429 HC_GATEWAY_TOO_MANY_TRIES"]);
  });

  it("is slowed for all strange addresses together, and keeps out neither the maker of the code nor devices beside them", async () => {
    const spray = () => Promise.all(Array.from({ length: 60 }, (_, index) => enrolFrom(`198.51.100.${index + 1}`, guess())));
    expect((await spray()).filter(({ status }) => status === 401)).toHaveLength(30);
    aheadMs = 60_000;
    expect((await spray()).filter(({ status }) => status === 401)).toHaveLength(10);
    const code = enrolmentSchema.parse(
      await (await postJson(`${base}/api/devices`, { device: "picarx" }, { ...authOf("boss"), "x-forwarded-for": "203.0.113.5" })).json(),
    ).code;
    expect(await readRefusal(await enrolFrom("203.0.113.6", code))).toBe("429 HC_GATEWAY_TOO_MANY_TRIES");
    expect((await enrolFrom("203.0.113.5", code)).status).toBe(200);
  });
});
