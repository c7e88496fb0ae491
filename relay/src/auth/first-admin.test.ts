import { describe, expect, it } from "vitest";
import { loadState } from "../state/state.ts";
import { adminName, ensureAdmin } from "./first-admin.ts";
import { createPasswords } from "./password.ts";

const passwords = createPasswords({ logN: 4, r: 8, p: 1 });

describe("ensureAdmin", () => {
  it("makes a password that counts once it is kept, and does not make another", async () => {
    const { accounts } = loadState(":memory:", 0);
    const made = await ensureAdmin(accounts, passwords, null, 0);
    expect(made).toMatchObject({ how: "made", password: expect.stringMatching(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/) });
    expect(accounts.passwordHash(adminName)).toBeNull();
    if (made.how === "made") {
      made.keep();
      expect(await passwords.check(made.password, accounts.passwordHash(adminName))).toBe(true);
    }
    expect(accounts.roleOn(adminName, "any-device")).toBe("admin");
    expect(await ensureAdmin(accounts, passwords, null, 0)).toEqual({ how: "kept" });
  });

  it("takes a password from the settings, also over another, and notices when it is the same", async () => {
    const { accounts } = loadState(":memory:", 0);
    expect(await ensureAdmin(accounts, passwords, "first-one", 0)).toEqual({ how: "set" });
    expect(await ensureAdmin(accounts, passwords, "first-one", 0)).toEqual({ how: "kept" });
    expect(await ensureAdmin(accounts, passwords, "second-one", 0)).toEqual({ how: "set" });
    expect(await passwords.check("second-one", accounts.passwordHash(adminName))).toBe(true);
  });
});
