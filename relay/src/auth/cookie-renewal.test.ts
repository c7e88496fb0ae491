import { sessionReplySchema } from "@helmcast/config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { graceMs, rotateAfterMs } from "./cookie-rotation.ts";
import { type AuthRig, cookieOf, refusalOf, startAuthRig } from "./rig/auth-rig.ts";

let rig: AuthRig;
beforeEach(async () => {
  rig = await startAuthRig();
});
afterEach(() => rig.stop());

const renew = (cookie: string) => rig.send("GET", "/api/auth/session", { cookie });
const list = (cookie: string) => rig.send("GET", "/api/auth/sessions", { cookie });
const auditKinds = () => rig.state.audit.read({ limit: 50 }).entries.map((entry) => entry.kind);

/** Signs in, waits until the cookie is due and renews it. */
async function signInAndRenew(): Promise<{ readonly old: string; readonly fresh: string; readonly token: string }> {
  const { cookie: old } = await rig.signIn("ann");
  rig.pass(rotateAfterMs);
  const response = await renew(old);
  const { accessToken: token } = sessionReplySchema.parse(await response.json());
  return { old, fresh: cookieOf(response) ?? "none", token };
}

describe("GET /api/auth/session", () => {
  it("leaves a young cookie as it is and changes an old one, for what is left of the sign-in", async () => {
    const { cookie } = await rig.signIn("ann");
    rig.pass(rotateAfterMs - 1);
    expect(cookieOf(await renew(cookie))).toBeNull();
    rig.pass(1);
    const response = await renew(cookie);
    expect(cookieOf(response)).not.toBe(cookie);
    expect(response.headers.getSetCookie()[0]).toContain(`Max-Age=${30 * 24 * 3600 - rotateAfterMs / 1000};`);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("lets the value before count for tabs that are under way, without spoiling the new one", async () => {
    const { old, fresh } = await signInAndRenew();
    expect((await list(fresh)).status).toBe(200);
    rig.pass(graceMs);
    const late = await renew(old);
    expect([late.status, cookieOf(late)]).toEqual([200, null]);
    expect((await list(fresh)).status).toBe(200);
    expect(rig.ended).toEqual([]);
  });

  it("ends the whole sign-in when the value before comes after its time: two have a copy", async () => {
    const { old, fresh, token } = await signInAndRenew();
    await list(fresh);
    rig.pass(graceMs + 1);
    expect(await refusalOf(await renew(old))).toBe("401 HC_GATEWAY_NOT_SIGNED_IN");
    expect((await list(fresh)).status).toBe(401);
    expect(await refusalOf(await rig.send("GET", "/api/auth/sessions", { token }))).toBe("401 HC_GATEWAY_TOKEN_INVALID");
    expect(rig.ended).toHaveLength(1);
    expect(auditKinds()[0]).toBe("cookie-reused");
  });

  it("ends it also for a value from long ago, on any address, and leaves other sign-ins alone", async () => {
    const other = await rig.signIn("ann");
    const { old, fresh } = await signInAndRenew();
    rig.pass(rotateAfterMs);
    const third = cookieOf(await renew(fresh)) ?? "none";
    expect((await list(third)).status).toBe(200);
    expect((await list(old)).status).toBe(401);
    expect([(await list(third)).status, (await list(other.cookie)).status]).toEqual([401, 200]);
    expect(auditKinds().filter((kind) => kind === "cookie-reused")).toHaveLength(1);
  });

  it("signs nobody out whose new value got lost on the way, and gives another", async () => {
    const { old, fresh: lost } = await signInAndRenew();
    rig.pass(graceMs + 1);
    const response = await renew(old);
    const another = cookieOf(response) ?? "none";
    expect(response.status).toBe(200);
    expect((await list(another)).status).toBe(200);
    expect(rig.ended).toEqual([]);
    // Whoever caught the lost one has a copy of what only the owner should have.
    expect((await list(lost)).status).toBe(401);
    expect((await list(another)).status).toBe(401);
  });

  it("serves many tabs at once with one new value", async () => {
    const { cookie } = await rig.signIn("ann");
    rig.pass(rotateAfterMs);
    const answers = await Promise.all(Array.from({ length: 20 }, () => renew(cookie)));
    expect(answers.map((answer) => answer.status)).toEqual(new Array(20).fill(200));
    const fresh = answers.flatMap((answer) => cookieOf(answer) ?? []);
    expect(fresh).toHaveLength(1);
    expect((await list(fresh[0] ?? "")).status).toBe(200);
  });

  it("does not end anything for a value that was made up", async () => {
    const { cookie } = await rig.signIn("ann");
    const value = cookie.split("=")[1] ?? "";
    const [family = "", secret = ""] = value.split(".");
    for (const made of [`${family.slice(1)}x.${secret}`, family.slice(0, 20), `.${secret}`, secret, "", "."]) {
      expect((await list(`helmcast_session=${made}`)).status, made).toBe(401);
    }
    expect((await list(cookie)).status).toBe(200);
    expect(rig.ended).toEqual([]);
  });
});
