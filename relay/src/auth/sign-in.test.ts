import { type SessionReply, sessionReplySchema } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountRule, addressRule } from "./login-limit.ts";
import { type AuthRig, cookieOf, refusalOf, rigDeviceSecret, rigPassword, rigShareSecret, startAuthRig } from "./rig/auth-rig.ts";

let rig: AuthRig;
beforeEach(async () => {
  rig = await startAuthRig();
});
afterEach(() => rig.stop());

const from = (address: string) => ({ "x-forwarded-for": address });
const login = (user: string, password: string, address = "192.0.2.1") =>
  rig.send("POST", "/api/auth/login", { body: { user, password }, headers: from(address) });
const open = (secret: string, cookie?: string) =>
  rig.send("POST", "/api/auth/share", { body: { secret }, ...(cookie === undefined ? {} : { cookie }) });
const readSession = async (cookie: string): Promise<SessionReply> =>
  sessionReplySchema.parse(await (await rig.send("GET", "/api/auth/session", { cookie })).json());
const newest = () => rig.state.audit.read({ limit: 1 }).entries[0];

describe("signing in with an account", () => {
  it.each([
    ["admin", true],
    ["ann", false],
  ])("tells %s's page who it is", async (user, admin) => {
    const { cookie } = await rig.signIn(user);
    rig.state.accounts.grant("ann", "rover", "admin");
    const { kind, user: name, site, camera, untilAt, ...more } = await readSession(cookie);
    expect([kind, name, site, camera, untilAt, more.admin]).toEqual(["user", user, "demo", null, null, admin]);
    expect(more.manages).toEqual(admin ? ["*"] : ["rover"]);
    expect(newest()).toMatchObject({ kind: "signed-in", actor: user, subject: user, address: "127.0.0.1" });
  });

  it.each([
    ["a wrong password", "ann", "wrong", "ann"],
    ["an unknown name, which may be a password in the wrong field", "my-secret-password", "x", "unknown"],
  ])("answers and records %s", async (_what, user, password, subject) => {
    const response = await login(user, password);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toEqual({ code: "HC_GATEWAY_WRONG_LOGIN", error: "The name or the password is wrong." });
    expect(newest()).toMatchObject({ kind: "sign-in-refused", actor: "unknown", subject, address: "192.0.2.1" });
  });

  it.each([
    ["was removed", () => rig.state.accounts.remove("ann")],
    ["got another password", () => rig.state.accounts.put("ann", "other", 0)],
  ])("does not count when the account %s while the password was checked", async (_what, change) => {
    rig.meanwhile("check", change);
    expect(await refusalOf(await login("ann", rigPassword))).toBe("401 HC_GATEWAY_WRONG_LOGIN");
    expect(rig.state.sessions.all(0)).toEqual([]);
  });

  it("is slowed for 1,000 guesses from everywhere, while the owner's own address is let in", async () => {
    expect((await login("ann", rigPassword, "192.0.2.9")).status).toBe(200);
    const counts = new Map<number, number>();
    for (let guess = 0; guess < 1000; guess += 10) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_none, index) => login("ann", `wrong${guess}`, `198.51.${index}.${guess % 250}`)),
      );
      for (const { status } of answers) {
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
    }
    expect(counts).toEqual(
      new Map([
        [401, accountRule.burst],
        [429, 1000 - accountRule.burst],
      ]),
    );
    expect((await login("ann", rigPassword, "192.0.2.9")).status).toBe(200);
    expect((await login("bob", rigPassword, "192.0.2.8")).status).toBe(200);
    rig.pass(accountRule.refillS * 1000);
    expect((await login("ann", rigPassword, "192.0.2.7")).status).toBe(200);
  }, 20_000);
});

describe("opening a share link", () => {
  it("signs a visitor in to its one camera, until the link ends", async () => {
    const response = await open(rigShareSecret);
    expect(response.headers.getSetCookie()[0]).toContain(`Max-Age=${24 * 3600};`);
    const cookie = cookieOf(response) ?? "";
    const reply = await readSession(cookie);
    const untilAt = new Date(rig.nowMs() + 24 * 3_600_000).toISOString();
    expect(reply).toMatchObject({ kind: "share", user: "share:sh", admin: false, manages: [], camera: "picarx/front", untilAt });
    expect(newest()).toMatchObject({ kind: "share-opened", actor: "share:sh", subject: "picarx/front", device: "picarx" });
    const proof = rig.identities.fromToken(reply.accessToken);
    expect(proof.ok && rig.identities.holderOf(proof.identity, "picarx", "front")).toBe("share");
    rig.pass(24 * 3_600_000);
    expect((await rig.send("GET", "/api/auth/session", { cookie })).status).toBe(401);
  });

  it("goes on with the sign-in that the same browser has through it", async () => {
    const cookie = cookieOf(await open(rigShareSecret)) ?? "";
    const again = await open(rigShareSecret, cookie);
    expect([again.status, cookieOf(again)]).toEqual([200, null]);
    expect(rig.state.sessions.all(rig.nowMs())).toHaveLength(1);
    const { cookie: ofAnn } = await rig.signIn("ann");
    expect(cookieOf(await open(rigShareSecret, ofAnn))).not.toBeNull();
  });

  it.each([
    ["never was", () => undefined, "another-secret-another-secret"],
    ["was revoked", () => rig.state.shares.remove("sh"), rigShareSecret],
    ["has ended", () => rig.pass(24 * 3_600_000), rigShareSecret],
  ])("is refused alike when it %s", async (_what, end, secret) => {
    end();
    expect(await (await open(secret)).json()).toEqual({ code: "HC_GATEWAY_SHARE_GONE", error: expect.any(String) });
    expect(newest()).toMatchObject({ kind: "sign-in-refused", subject: "share link" });
  });

  it("is slowed for those who guess, and for nobody else", async () => {
    const guess = async (address: string, secret: string) =>
      (await rig.send("POST", "/api/auth/share", { body: { secret }, headers: from(address) })).status;
    const first = await Promise.all(Array.from({ length: 12 }, () => guess("192.0.2.1", "guess-guess-guess-guess")));
    expect(first.filter((status) => status === 429)).toHaveLength(12 - addressRule.burst);
    expect(await guess("192.0.2.2", rigShareSecret)).toBe(200);
  });

  it("cuts a browser's name and keeps the link's visitors from account pages", async () => {
    const response = await rig.send("POST", "/api/auth/share", {
      body: { secret: rigShareSecret },
      headers: { "user-agent": "x".repeat(999) },
    });
    expect(rig.state.sessions.all(rig.nowMs())[0]?.userAgent).toHaveLength(200);
    const cookie = cookieOf(response) ?? "";
    for (const [method, path] of [
      ["POST", "/api/auth/logout-everywhere"],
      ["GET", "/api/auth/sessions"],
      ["DELETE", "/api/auth/sessions/x"],
      ["POST", "/api/auth/password"],
    ] as const) {
      expect(await refusalOf(await rig.send(method, path, { cookie }))).toBe("403 HC_GATEWAY_FORBIDDEN");
    }
    expect((await rig.send("POST", "/api/auth/logout", { cookie })).status).toBe(204);
    expect((await rig.send("GET", "/api/auth/session", { cookie })).status).toBe(401);
  });
});

describe("a device's exchange of its secret", () => {
  const exchange = async (secret: string, address: string) =>
    (await rig.send("POST", "/api/token", { body: { device: "picarx", secret }, headers: from(address) })).status;

  it("is never held back by what strangers guess, and wrong tries are recorded", async () => {
    for (let guess = 0; guess < 100; guess++) {
      expect(await exchange("wrong", `198.51.100.${guess}`)).toBe(401);
    }
    expect(await exchange(rigDeviceSecret, "192.0.2.1")).toBe(200);
    expect(newest()).toMatchObject({ kind: "sign-in-refused", subject: "picarx", device: "picarx", address: "198.51.100.99" });
  });
});
