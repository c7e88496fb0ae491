import { signInListSchema } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AuthRig, refusalOf, rigDeviceSecret, rigPassword, startAuthRig } from "./rig/auth-rig.ts";

let rig: AuthRig;
beforeEach(async () => {
  rig = await startAuthRig();
});
afterEach(() => rig.stop());

const list = async (cookie: string) => signInListSchema.parse(await (await rig.send("GET", "/api/auth/sessions", { cookie })).json());
const statusOf = async (cookie: string) => (await rig.send("GET", "/api/auth/session", { cookie })).status;
const sidOf = (cookie: string) => rig.identities.fromCookie(cookie.split("=")[1] ?? "")?.identity.sid ?? "none";
const changePassword = (cookie: string, current: string, next: string) =>
  rig.send("POST", "/api/auth/password", { cookie, body: { current, next } });

/** Three sign-ins: two of ann's, one of bob's. */
async function signInThrice() {
  const first = (await rig.signIn("ann")).cookie;
  rig.pass(1000);
  const second = (await rig.signIn("ann")).cookie;
  return { first, second, other: (await rig.signIn("bob")).cookie };
}

describe("the list of sign-ins", () => {
  it("shows one's own, newest first, and which one asks", async () => {
    const { first, second } = await signInThrice();
    const entries = await list(first);
    expect(entries.map(({ id, current }) => [id, current])).toEqual([
      [sidOf(second), false],
      [sidOf(first), true],
    ]);
    expect(entries[1]).toMatchObject({ createdAt: new Date(rig.nowMs() - 1000).toISOString(), userAgent: "node", address: "127.0.0.1" });
    expect(JSON.stringify(entries)).not.toContain(first.split(".")[1]);
  });

  it("ends one of them, at once and whole", async () => {
    const { first, second } = await signInThrice();
    const id = sidOf(second);
    expect((await rig.send("DELETE", `/api/auth/sessions/${id}`, { cookie: first })).status).toBe(204);
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 401]);
    expect(rig.ended).toEqual([id]);
    expect(await refusalOf(await rig.send("DELETE", `/api/auth/sessions/${id}`, { cookie: first }))).toBe("404 HC_GATEWAY_NOT_FOUND");
  });

  it("does not end another account's, and tells nothing of it", async () => {
    const { first, other } = await signInThrice();
    const refusal = await rig.send("DELETE", `/api/auth/sessions/${sidOf(other)}`, { cookie: first });
    expect(await refusalOf(refusal)).toBe("404 HC_GATEWAY_NOT_FOUND");
    expect([await statusOf(other), rig.ended.length]).toEqual([200, 0]);
  });
});

describe("signing out", () => {
  it("ends this sign-in, and everywhere ends all of the account's", async () => {
    const { first, second, other } = await signInThrice();
    const third = (await rig.signIn("ann")).cookie;
    const ids = [first, second, third].map(sidOf);
    const out = await rig.send("POST", "/api/auth/logout", { cookie: first });
    expect([out.status, out.headers.getSetCookie()[0]]).toEqual([204, expect.stringMatching(/^helmcast_session=; Max-Age=0/)]);
    expect(rig.ended).toEqual(ids.slice(0, 1));
    const everywhere = await rig.send("POST", "/api/auth/logout-everywhere", { cookie: third });
    expect([everywhere.status, everywhere.headers.getSetCookie()[0]]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect(rig.ended).toEqual(ids);
    expect(await Promise.all([first, second, third, other].map(statusOf))).toEqual([401, 401, 401, 200]);
    expect(rig.state.audit.read({ limit: 9, kind: "signed-out" }).entries.map(({ actor }) => actor)).toEqual(["ann", "ann"]);
  });

  it("is not for devices", async () => {
    const reply = await rig.send("POST", "/api/token", { body: { device: "picarx", secret: rigDeviceSecret } });
    const { accessToken: token } = (await reply.json()) as { accessToken: string };
    for (const path of ["/api/auth/logout", "/api/auth/logout-everywhere"]) {
      expect(await refusalOf(await rig.send("POST", path, { token }))).toBe("403 HC_GATEWAY_FORBIDDEN");
    }
  });
});

describe("changing the password", () => {
  it("takes the new one, keeps this sign-in and ends the others", async () => {
    const { first, second, other } = await signInThrice();
    const gone = sidOf(second);
    expect((await changePassword(first, rigPassword, "a-new-password")).status).toBe(204);
    expect(await Promise.all([first, second, other].map(statusOf))).toEqual([200, 401, 200]);
    expect(rig.ended).toEqual([gone]);
    expect((await rig.signIn("ann", "a-new-password")).cookie).not.toBe("");
    expect((await rig.signIn("ann", rigPassword)).cookie).toBe("");
    expect(rig.state.audit.read({ limit: 1, kind: "password-changed" }).entries).toMatchObject([{ actor: "ann", subject: "ann" }]);
  });

  it.each([
    ["a wrong current one", "wrong", "a-new-password", "401 HC_GATEWAY_WRONG_LOGIN"],
    ["one that is too short", rigPassword, "short", "400 HC_GATEWAY_BAD_BODY"],
    ["one that is too long", rigPassword, "x".repeat(257), "400 HC_GATEWAY_BAD_BODY"],
  ])("refuses %s, and nothing changes", async (_what, current, next, refusal) => {
    const { first, second } = await signInThrice();
    expect(await refusalOf(await changePassword(first, current, next))).toBe(refusal);
    expect(await Promise.all([first, second].map(statusOf))).toEqual([200, 200]);
    expect((await rig.signIn("ann")).cookie).not.toBe("");
  });

  it("ends the others before the password changes, so that none outlives it when the relay is killed in between", async () => {
    const { first, second } = await signInThrice();
    vi.spyOn(rig.state.accounts, "put").mockImplementation(() => {
      throw new Error("killed here");
    });
    expect((await changePassword(first, rigPassword, "a-new-password")).status).toBe(500);
    expect(await Promise.all([first, second].map(statusOf))).toEqual([200, 401]);
  });

  it("is slowed like signing in: a stolen sign-in is no way to guess the password", async () => {
    const { cookie } = await rig.signIn("ann");
    const answers: Response[] = [];
    for (let guess = 0; guess < 12; guess++) {
      answers.push(await changePassword(cookie, "wrong", "a-new-password"));
    }
    expect(answers.map(({ status }) => status)).toEqual([...new Array<number>(10).fill(401), 429, 429]);
    expect(Number(answers[11]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it.each([
    ["the account was removed", () => rig.state.accounts.remove("ann"), null],
    ["this sign-in was ended", () => rig.state.sessions.endAll("ann"), "as it was"],
    ["an administrator set another", () => rig.state.accounts.put("ann", "other", 0), "other"],
  ])("does nothing when meanwhile %s", async (_what, change, after) => {
    for (const moment of ["check", "hash"] as const) {
      await rig.stop();
      rig = await startAuthRig();
      const { cookie } = await rig.signIn("ann");
      const before = rig.state.accounts.passwordHash("ann");
      rig.meanwhile(moment, change);
      expect(await refusalOf(await changePassword(cookie, rigPassword, "a-new-password"))).toBe("401 HC_GATEWAY_WRONG_LOGIN");
      expect(rig.state.accounts.passwordHash("ann")).toBe(after === "as it was" ? before : after);
    }
  });
});

describe("a page of another site", () => {
  it.each([
    ["POST", "/api/auth/login"],
    ["POST", "/api/auth/share"],
    ["POST", "/api/auth/logout"],
    ["POST", "/api/auth/logout-everywhere"],
    ["POST", "/api/auth/password"],
    ["DELETE", "/api/auth/sessions/x"],
  ])("cannot use the visitor's cookie for %s %s", async (method, path) => {
    const { cookie } = await rig.signIn("ann");
    for (const headers of [
      { origin: "http://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "null" },
    ]) {
      expect(await refusalOf(await rig.send(method, path, { cookie, headers, body: {} }))).toBe("403 HC_GATEWAY_CROSS_SITE");
    }
    expect([await statusOf(cookie), rig.ended.length]).toEqual([200, 0]);
  });

  it("does not matter to a token, which no browser adds by itself", async () => {
    const { token } = await rig.signIn("ann");
    const headers = { origin: "http://evil.example" };
    expect((await rig.send("POST", "/api/auth/logout-everywhere", { token, headers })).status).toBe(204);
  });
});
