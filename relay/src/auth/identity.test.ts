import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Identity } from "./identity.ts";
import { requireAccount, requirePermission, requirePerson, requireSite } from "./middleware.ts";
import { type AuthRig, startAuthRig } from "./rig/auth-rig.ts";

let rig: AuthRig;
beforeEach(async () => {
  rig = await startAuthRig();
  const later = rig.nowMs() + 1e9;
  rig.state.sessions.add({ id: "ann1", account: "ann", cookieHash: "a", expiresMs: later }, rig.nowMs());
  rig.state.sessions.add({ id: "visit", account: "share:sh", shareId: "sh", cookieHash: "v", expiresMs: later }, rig.nowMs());
});
afterEach(() => rig.stop());

const issue = (kind: Identity["kind"], sub: string, sid: string) => rig.tokens.issue({ kind, sub, sid }).accessToken;
const ann = (): Identity => ({ kind: "user", name: "ann", sid: "ann1", expMs: 0 });
const admin = (): Identity => ({ kind: "user", name: "admin", sid: "x", expMs: 0 });
const visitor = (): Identity => ({ kind: "share", name: "share:sh", sid: "visit", expMs: 0 });
const device = (): Identity => ({ kind: "device", name: "picarx", sid: "g1", expMs: 0 });
const codeOf = (check: () => void): string => {
  try {
    check();
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a token", () => {
  it.each([
    ["of a sign-in", "user", "ann", "ann1", true],
    ["of a visitor", "share", "share:sh", "visit", true],
    ["of a device", "device", "picarx", "g1", true],
    ["of another's sign-in", "user", "bob", "ann1", false],
    ["of a sign-in, as if by a link", "share", "ann", "ann1", false],
    ["of a visit, as if of an account", "user", "share:sh", "visit", false],
    ["of a sign-in that never was", "user", "ann", "none", false],
    ["of a device's earlier enrolment", "device", "picarx", "g0", false],
    ["of a device that is not enrolled", "device", "rover", "g1", false],
  ] as const)("%s", (_what, kind, sub, sid, counts) => {
    const proof = rig.identities.fromToken(issue(kind, sub, sid));
    expect(proof.ok).toBe(counts);
    expect(proof.ok ? proof.identity : null).toEqual(
      counts ? { kind, name: sub, sid, expMs: rig.nowMs() + (kind === "device" ? 900e3 : 600e3) } : null,
    );
  });

  it.each([
    ["its sign-in ended", () => rig.state.sessions.end("ann1"), "ann"],
    ["its account was removed, and nothing else", () => rig.state.accounts.remove("ann"), "ann"],
    ["its sign-in was revoked, though it is back in the table", () => rig.state.revocations.add("ann1", 1e15), "ann"],
    ["its share link was revoked, and nothing else", () => rig.state.shares.remove("sh"), "visitor"],
    ["its share link ended", () => rig.pass(24 * 3_600_000), "visitor"],
    ["its device was removed", () => rig.state.devices.remove("picarx"), "device"],
    ["its device was enrolled anew", () => rig.state.devices.put("picarx", { secretHash: "s", generation: "g2" }, 0), "device"],
    ["its enrolment was revoked", () => rig.state.revocations.add("g1", 1e15), "device"],
  ] as const)("stops counting when %s", (_what, end, whose) => {
    const tokens = () => ({
      ann: issue("user", "ann", "ann1"),
      visitor: issue("share", "share:sh", "visit"),
      device: issue("device", "picarx", "g1"),
    });
    const before = tokens();
    end();
    for (const [name, token] of Object.entries(tokens())) {
      expect(rig.identities.fromToken(token).ok, name).toBe(name !== whose);
    }
    expect(rig.identities.fromToken(before[whose]).ok).toBe(false);
  });
});

describe("holderOf", () => {
  it.each([
    ["an account on its device", ann, "picarx", "back", "drive"],
    ["an account elsewhere", ann, "rover", undefined, null],
    ["a role on every device", admin, "rover", "front", "admin"],
    ["a visitor on the link's camera", visitor, "picarx", "front", "share"],
    ["a visitor on the link's device", visitor, "picarx", undefined, "share"],
    ["a visitor on another camera of it", visitor, "picarx", "back", null],
    ["a visitor on its loudspeaker", visitor, "picarx", "talk", null],
    ["a visitor on another device's camera of that name", visitor, "rover", "front", null],
    ["a device on itself", device, "picarx", "front", "self"],
    ["a device on another", device, "rover", "front", null],
  ] as const)("%s", (_what, who, on, camera, holder) => {
    expect(rig.identities.holderOf(who(), on, camera)).toBe(holder);
  });

  it("follows grants and links at once, also for whoever was let in before", () => {
    rig.state.accounts.revoke("ann", "picarx");
    rig.state.sessions.endShare("sh");
    expect(rig.identities.holderOf(ann(), "picarx")).toBeNull();
    expect(rig.identities.holderOf(visitor(), "picarx", "front")).toBeNull();
  });
});

describe("the checks of routes", () => {
  it.each([
    ["an administrator", admin, "ok", "ok", "ok", "ok", "ok"],
    ["a driver", ann, "ok", "HC_GATEWAY_FORBIDDEN", "HC_GATEWAY_FORBIDDEN", "ok", "ok"],
    ["a visitor", visitor, "ok", "HC_GATEWAY_FORBIDDEN", "HC_GATEWAY_FORBIDDEN", "HC_GATEWAY_FORBIDDEN", "ok"],
    [
      "a device",
      device,
      "HC_GATEWAY_FORBIDDEN",
      "HC_GATEWAY_FORBIDDEN",
      "HC_GATEWAY_FORBIDDEN",
      "HC_GATEWAY_FORBIDDEN",
      "HC_GATEWAY_FORBIDDEN",
    ],
  ] as const)("for %s: watch, manage, site, account, person", (_what, who, watch, manage, site, account, person) => {
    const front = { device: "picarx", camera: "front" };
    expect([
      codeOf(() => requirePermission(rig.identities, who(), front, "watch")),
      codeOf(() => requirePermission(rig.identities, who(), front, "manage")),
      codeOf(() => requireSite(rig.identities, who(), "site:people")),
      codeOf(() => requireAccount(who())),
      codeOf(() => requirePerson(who())),
    ]).toEqual([watch, manage, site, account, person]);
  });

  it("says of a camera that the caller may not see what it says of one that is not there", () => {
    for (const who of [ann(), visitor(), device()]) {
      expect(codeOf(() => requirePermission(rig.identities, who, { device: "rover", camera: "front" }, "watch"))).toBe(
        "HC_GATEWAY_CAMERA_UNKNOWN",
      );
    }
  });

  it("lets an admin of one device run that device and nothing else", () => {
    rig.state.accounts.grant("ann", "picarx", "admin");
    expect(codeOf(() => requirePermission(rig.identities, ann(), { device: "picarx", camera: "x" }, "manage"))).toBe("ok");
    expect(codeOf(() => requireSite(rig.identities, ann(), "site:devices"))).toBe("HC_GATEWAY_FORBIDDEN");
  });
});
