import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPasswords } from "../auth/password.ts";
import { createTokens } from "../auth/tokens.ts";
import { maxAccounts, maxGrantsPerAccount } from "../state/accounts.ts";
import { loadState } from "../state/state.ts";
import { type AdministrationRig, boss, codeOf, startAdministration } from "./rig/administration-rig.ts";

const passwords = createPasswords({ logN: 4, r: 8, p: 1 });
let rig: AdministrationRig;
beforeEach(() => {
  rig = startAdministration();
});
afterEach(() => {
  rig.stop();
});
const audit = () =>
  rig.administration
    .readAudit({ limit: 200 })
    .entries.map(({ kind, actor, subject, device }) => [kind, actor, subject, device].filter((part) => part !== null).join(" "))
    .reverse();

describe("people", () => {
  it("are added with a made password in four groups, or with the given one, and recorded without it", async () => {
    const { people } = rig.administration;
    const made = await people.add({ name: "anna", grants: [{ device: "picarx", role: "drive" }] }, boss);
    expect(made).toEqual({ name: "anna", password: expect.stringMatching(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/) });
    expect(await passwords.check(made.password ?? "", rig.state.accounts.passwordHash("anna"))).toBe(true);
    expect(await people.add({ name: "ben", password: "long enough", grants: [] }, boss)).toEqual({ name: "ben", password: null });
    expect(await passwords.check("long enough", rig.state.accounts.passwordHash("ben"))).toBe(true);
    rig.signIn("anna", "phone");
    expect(people.list()).toEqual([
      { name: "anna", createdAt: "2026-11-21T07:00:00.000Z", grants: [{ device: "picarx", role: "drive" }], signIns: 1 },
      { name: "ben", createdAt: "2026-11-21T07:00:00.000Z", grants: [], signIns: 0 },
      { name: "boss", createdAt: "2026-11-21T07:00:00.000Z", grants: [{ device: "*", role: "admin" }], signIns: 0 },
    ]);
    expect(audit()).toEqual(["account-added boss anna", "grant-set boss anna: drive picarx", "account-added boss ben"]);
    expect(rig.administration.readAudit({ limit: 1 }).entries[0]).toMatchObject({ address: "192.0.2.7", at: "2026-11-21T07:00:00.000Z" });
  });

  it("are added once, also when two ask at the same moment", async () => {
    const add = (password: string) => codeOf(() => rig.administration.people.add({ name: "anna", password, grants: [] }, boss));
    expect((await Promise.all([add("password one"), add("password two")])).sort()).toEqual(["HC_GATEWAY_ACCOUNT_EXISTS", "no refusal"]);
    expect(audit()).toEqual(["account-added boss anna"]);
  });

  it("do not come back by a new password when they are removed meanwhile", async () => {
    const { people } = rig.administration;
    await people.add({ name: "anna", grants: [] }, boss);
    const change = codeOf(() => people.setPassword("anna", "long enough", boss));
    people.remove("anna", boss);
    expect(await change).toBe("HC_GATEWAY_ACCOUNT_UNKNOWN");
    expect(rig.state.accounts.has("anna")).toBe(false);
  });

  it("lose their sign-ins with their password, and are denied before anybody is told", async () => {
    await rig.administration.people.add({ name: "anna", grants: [] }, boss);
    rig.signIn("anna", "phone");
    rig.signIn("boss", "desk");
    rig.look = () => ` ${rig.state.sessions.ofAccount("anna", rig.nowMs).length} left, ${rig.state.revocations.has("phone")}`;
    const made = await rig.administration.people.setPassword("anna", null, boss);
    expect(await passwords.check(made.password ?? "", rig.state.accounts.passwordHash("anna"))).toBe(true);
    expect(rig.told).toEqual(["sign-in phone 0 left, true"]);
    expect(rig.state.sessions.ofAccount("boss", rig.nowMs)).toHaveLength(1);
  });

  it("lose their sign-ins before the new password counts, so that none outlives the old one when the relay is killed in between", async () => {
    await rig.administration.people.add({ name: "anna", grants: [] }, boss);
    rig.signIn("anna", "phone");
    vi.spyOn(rig.state.accounts, "put").mockImplementation(() => {
      throw new Error("killed here");
    });
    await expect(rig.administration.people.setPassword("anna", null, boss)).rejects.toThrow("killed here");
    expect(rig.state.sessions.ofAccount("anna", rig.nowMs)).toEqual([]);
  });

  it("are gone with grants and sign-ins before anybody is told", async () => {
    const { people } = rig.administration;
    await people.add({ name: "anna", grants: [{ device: "picarx", role: "view" }] }, boss);
    rig.signIn("anna", "phone");
    rig.look = () =>
      ` ${rig.state.accounts.has("anna")} ${rig.state.accounts.roleOn("anna", "picarx")} ${rig.state.revocations.has("phone")}`;
    people.remove("anna", boss);
    expect(rig.told).toEqual(["sign-in phone false null true", "account anna false null true"]);
    expect(audit().at(-1)).toBe("account-removed boss anna");
  });

  it("are refused where they do not exist, exist already or are too many", async () => {
    const { people } = rig.administration;
    const many = Array.from({ length: maxGrantsPerAccount + 1 }, (_, index) => ({ device: `d${index}`, role: "view" }) as const);
    expect(await codeOf(() => people.add({ name: "boss", grants: [] }, boss))).toBe("HC_GATEWAY_ACCOUNT_EXISTS");
    expect(await codeOf(() => people.add({ name: "anna", grants: many }, boss))).toBe("HC_GATEWAY_LIMIT");
    expect(await codeOf(() => people.setPassword("nobody", null, boss))).toBe("HC_GATEWAY_ACCOUNT_UNKNOWN");
    expect(await codeOf(() => people.remove("nobody", boss))).toBe("HC_GATEWAY_ACCOUNT_UNKNOWN");
    expect(await codeOf(() => people.setGrant("nobody", { device: "picarx", role: "view" }, boss))).toBe("HC_GATEWAY_ACCOUNT_UNKNOWN");
    expect(await codeOf(() => people.removeGrant("boss", "picarx", boss))).toBe("HC_GATEWAY_GRANT_UNKNOWN");
    for (let index = 1; index < maxAccounts; index++) {
      rig.state.accounts.put(`a${index}`, "no hash", 0);
    }
    expect(await codeOf(() => people.add({ name: "anna", grants: [] }, boss))).toBe("HC_GATEWAY_LIMIT");
    expect(audit()).toEqual([]);
  });
});

describe("grants", () => {
  it("count before anybody is told, and the same again is nothing", async () => {
    const { people } = rig.administration;
    await people.add({ name: "anna", grants: [] }, boss);
    rig.look = () => ` ${rig.state.accounts.roleOn("anna", "picarx")}`;
    people.setGrant("anna", { device: "picarx", role: "drive" }, boss);
    people.setGrant("anna", { device: "picarx", role: "drive" }, boss);
    people.setGrant("anna", { device: "picarx", role: "view" }, boss);
    people.removeGrant("anna", "picarx", boss);
    expect(rig.told).toEqual(["account anna drive", "account anna view", "account anna null"]);
    expect(audit().slice(1)).toEqual([
      "grant-set boss anna: drive picarx",
      "grant-set boss anna: view picarx",
      "grant-removed boss anna picarx",
    ]);
  });

  it.each([
    ["removing the account", () => rig.administration.people.remove("boss", boss)],
    ["removing the grant", () => rig.administration.people.removeGrant("boss", "*", boss)],
    ["a lower role", () => rig.administration.people.setGrant("boss", { device: "*", role: "drive" }, boss)],
  ])("leave the last who runs the relay as they are: %s", async (_what, act) => {
    // Admin of one device only does not count.
    await rig.administration.people.add({ name: "anna", grants: [{ device: "picarx", role: "admin" }] }, boss);
    rig.signIn("boss", "desk");
    expect(await codeOf(act)).toBe("HC_GATEWAY_LAST_ADMIN");
    expect(rig.state.accounts.roleOn("boss", "any")).toBe("admin");
    expect(rig.state.sessions.ofAccount("boss", rig.nowMs)).toHaveLength(1);
    expect(rig.told).toEqual([]);
    rig.administration.people.setGrant("anna", { device: "*", role: "admin" }, boss);
    expect(await codeOf(act)).toBe("no refusal");
    expect(await codeOf(() => rig.administration.people.remove("anna", boss))).toBe("HC_GATEWAY_LAST_ADMIN");
  });
});

describe("devices", () => {
  it("go with grants, share links and cameras, before anybody is told", async () => {
    const { state, administration } = rig;
    const camera = (device: string) => ({ device, camera: "front", name: "Front", stamped: true });
    for (const device of ["picarx", "rover"]) {
      state.devices.put(device, { secretHash: "s", generation: `g-${device}` }, rig.nowMs);
      state.cameras.announce(device, [camera(device)]);
      const link = { id: `link-${device}`, secretHash: `h-${device}`, device, camera: "front", label: "", createdBy: "boss" };
      state.shares.add({ ...link, createdMs: rig.nowMs, expiresMs: rig.nowMs + 60_000 });
    }
    await administration.people.add({ name: "anna", grants: [{ device: "picarx", role: "drive" }] }, boss);
    expect(administration.devices.list()).toEqual([
      { id: "picarx", enrolledAt: "2026-11-21T07:00:00.000Z", online: true, cameras: 1 },
      { id: "rover", enrolledAt: "2026-11-21T07:00:00.000Z", online: false, cameras: 1 },
    ]);
    for (const device of ["picarx", "rover"]) {
      state.enrolments.put({ codeHash: `code-${device}`, device, expiresMs: rig.nowMs + 60_000, createdBy: "boss" });
    }
    rig.look = () => ` ${state.devices.get("picarx")} ${state.accounts.roleOn("anna", "picarx")} ${state.shares.get("link-picarx")}`;
    administration.devices.remove("picarx", boss);
    const denied = " null null null";
    expect(rig.told).toEqual([`device picarx g-picarx${denied}`, `share link-picarx${denied}`, `account anna${denied}`]);
    expect(state.revocations.has("g-picarx")).toBe(true);
    expect([state.enrolments.take("code-picarx", rig.nowMs), state.enrolments.take("code-rover", rig.nowMs)?.device]).toEqual([
      null,
      "rover",
    ]);
    expect(state.cameras.all().map(({ device }) => device)).toEqual(["rover"]);
    expect(state.shares.list().map(({ id }) => id)).toEqual(["link-rover"]);
    expect(audit().slice(2)).toEqual([
      "share-revoked boss picarx/front picarx",
      "grant-removed boss anna picarx",
      "device-removed boss picarx picarx",
    ]);
    expect(await codeOf(() => administration.devices.remove("picarx", boss))).toBe("HC_GATEWAY_DEVICE_UNKNOWN");
  });
});

describe("keys", () => {
  it("change without signing anybody out, and old ones go once no token can be left", () => {
    const { state, administration } = rig;
    const tokens = createTokens(state.signingKeys, () => rig.nowMs);
    const { accessToken } = tokens.issue({ sub: "anna", sid: "phone", kind: "user" });
    const first = state.signingKeys.list()[0].kid;
    const { kid } = administration.rotateKeys(boss);
    expect(kid).not.toBe(first);
    expect(tokens.read(accessToken)).toMatchObject({ ok: true });
    expect(tokens.read(tokens.issue({ sub: "anna", sid: "phone", kind: "user" }).accessToken)).toMatchObject({ ok: true });
    rig.nowMs += 3_600_000;
    const second = administration.rotateKeys(boss);
    expect(state.signingKeys.list().map((key) => key.kid)).toEqual([second.kid, kid]);
    expect(audit()).toEqual([`keys-rotated boss ${kid}`, `keys-rotated boss ${second.kid}`]);
  });
});

describe("backup", () => {
  it("is whole, private, and never over another file", async () => {
    await rig.administration.people.add({ name: "anna", grants: [] }, boss);
    const file = join(rig.dataDir, "monday.sqlite");
    await rig.administration.backup(file, boss);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = loadState(file, rig.nowMs);
    expect(copy.accounts.has("anna")).toBe(true);
    copy.close();
    expect(audit().at(-1)).toContain("backup-made boss");
    writeFileSync(join(rig.dataDir, "mine.txt"), "mine");
    expect(await codeOf(() => rig.administration.backup(join(rig.dataDir, "mine.txt"), boss))).toBe("HC_GATEWAY_BACKUP");
    expect(await codeOf(() => rig.administration.backup(join(rig.dataDir, "no-folder", "x"), boss))).toBe("HC_GATEWAY_BACKUP");
  });
});
