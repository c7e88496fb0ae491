import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadState } from "../state/state.ts";
import { adminName, ensureAdmin, readAdminPassword } from "./first-admin.ts";
import { createPasswords } from "./password.ts";

const passwords = createPasswords({ logN: 4, r: 8, p: 1 });

function makeRelay() {
  const state = loadState(":memory:", 0);
  const start = (wanted: string | null) => ensureAdmin({ ...state, passwords }, wanted, 0);
  const fits = (password: string) => passwords.check(password, state.accounts.passwordHash(adminName));
  const change = async (password: string) => state.accounts.put(adminName, (await passwords.hash(password)) ?? "", 0);
  return { ...state, start, fits, change };
}

describe("ensureAdmin", () => {
  it("makes a password that counts once it is kept, and does not make another", async () => {
    const { accounts, start, fits } = makeRelay();
    const made = await start(null);
    expect(made).toMatchObject({ how: "made", password: expect.stringMatching(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/) });
    expect(accounts.passwordHash(adminName)).toBeNull();
    if (made.how === "made") {
      made.keep();
      expect(await fits(made.password)).toBe(true);
    }
    expect(accounts.roleOn(adminName, "any-device")).toBe("admin");
    expect(await start(null)).toEqual({ how: "kept", because: "no-setting" });
  });

  it("takes a password from the settings, also over another, and notices when it is the same", async () => {
    const { start, fits } = makeRelay();
    expect(await start("first-one")).toEqual({ how: "set" });
    expect(await start("first-one")).toEqual({ how: "kept", because: "same-as-setting" });
    expect(await start("second-one")).toEqual({ how: "set" });
    expect(await fits("second-one")).toBe(true);
  });

  it("signs out whoever came in under the password before, and nobody when nothing changes", async () => {
    const { start, sessions, accounts } = makeRelay();
    await start("first-one");
    const signIn = () => sessions.add({ id: "s", account: adminName, cookieHash: "c", expiresMs: 1e15 }, 0);
    signIn();
    await start("first-one");
    expect(sessions.all(0)).toHaveLength(1);
    // As if the relay were killed the moment before the new password is stored.
    vi.spyOn(accounts, "put").mockImplementation(() => {
      throw new Error("killed here");
    });
    await expect(start("second-one")).rejects.toThrow("killed here");
    expect(sessions.all(0)).toEqual([]);
  });

  it("keeps a password that was changed since the settings' one was taken, until the settings say something new", async () => {
    const { start, fits, change } = makeRelay();
    await start("from-settings");
    await change("changed-since");
    expect(await start("from-settings")).toEqual({ how: "kept", because: "changed-since" });
    expect(await fits("changed-since")).toBe(true);
    expect(await start("lost-so-reset")).toEqual({ how: "set" });
    await change("changed-again");
    expect(await start(null)).toEqual({ how: "kept", because: "no-setting" });
    expect(await start("lost-so-reset")).toEqual({ how: "set" });
    expect(await fits("lost-so-reset")).toBe(true);
  });

  it("takes over from a state of before, whose password is the settings' one", async () => {
    const { start, fits, change } = makeRelay();
    await change("from-settings");
    expect(await start("from-settings")).toEqual({ how: "kept", because: "same-as-setting" });
    await change("changed-since");
    expect(await start("from-settings")).toEqual({ how: "kept", because: "changed-since" });
    expect(await fits("changed-since")).toBe(true);
  });

  it.each([null, "from-settings"])("does not bring back an admin that was removed for another (settings: %s)", async (wanted) => {
    const { start, accounts } = makeRelay();
    await start("from-settings");
    await start(wanted);
    accounts.put("ann", "h", 0);
    accounts.grant("ann", "*", "admin");
    accounts.remove(adminName);
    expect(await start(wanted)).toEqual({ how: "kept", because: "account-removed" });
    expect(accounts.has(adminName)).toBe(false);
    accounts.revoke("ann", "*");
    expect((await start(wanted)).how).not.toBe("kept");
  });

  it("gives the role to an admin that a cut-off start left without", async () => {
    const { start, change, accounts } = makeRelay();
    await change("whatever");
    expect(await start(null)).toEqual({ how: "kept", because: "no-setting" });
    expect(accounts.roleOn(adminName, "any")).toBe("admin");
  });
});

describe("readAdminPassword", () => {
  it("reads a file without its line end, and says what is wrong with others", () => {
    const folder = mkdtempSync(join(tmpdir(), "helmcast-admin-"));
    const read = (content: string, adminPassword: string | null = null) => {
      const adminPasswordFile = join(folder, "password");
      writeFileSync(adminPasswordFile, content);
      return readAdminPassword({ adminPassword, adminPasswordFile });
    };
    try {
      expect(read("a good one\n")).toBe("a good one");
      expect(read("the first line\nand another\n")).toBe("the first line");
      expect(read(" spaces stay \r\n")).toBe(" spaces stay ");
      expect(read("in the file", "in the settings")).toBe("in the settings");
      expect(() => read("short\n")).toThrow(/8 to 256 characters/);
      expect(() => read("x".repeat(2000))).toThrow(/8 to 256 characters/);
      expect(() => readAdminPassword({ adminPassword: null, adminPasswordFile: join(folder, "none") })).toThrow(/none cannot be read/);
      expect(readAdminPassword({ adminPassword: null, adminPasswordFile: null })).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
