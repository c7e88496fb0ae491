import { randomInt } from "node:crypto";
import { AppError } from "@helmcast/config";
import { type Accounts, everyDevice } from "../state/accounts.ts";
import type { Passwords } from "./password.ts";

/** The account that every copy has. */
export const adminName = "admin";

/**
 * How the admin's password came to be: made now (shown this once), taken from the settings now, or as it was before. A made one counts only
 * once `keep` was called, at the moment it is shown: a start that fails before must not leave a password that nobody knows.
 */
export type AdminPassword =
  | { readonly how: "made"; readonly password: string; readonly keep: () => void }
  | { readonly how: "set" }
  | { readonly how: "kept" };

/** No l, 1, O, 0 and the like: people type this from one screen into another. */
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/**
 * Sees to it that the admin account exists. A password in the settings wins over the stored one when it differs, which is how a lost password is reset.
 * @param wanted HELMCAST_ADMIN_PASSWORD, or null
 */
export async function ensureAdmin(accounts: Accounts, passwords: Passwords, wanted: string | null, nowMs: number): Promise<AdminPassword> {
  const stored = accounts.passwordHash(adminName);
  if (stored !== null && (wanted === null || (await passwords.check(wanted, stored)) === true)) {
    return { how: "kept" };
  }
  const password = wanted ?? makePassword();
  const hash = await passwords.hash(password);
  if (hash === null) {
    throw new AppError("HC_GATEWAY_BUSY");
  }
  const keep = () => {
    accounts.put(adminName, hash, nowMs);
    accounts.grant(adminName, everyDevice, "admin");
  };
  if (wanted === null) {
    return { how: "made", password, keep };
  }
  keep();
  return { how: "set" };
}

/** Four groups of four: 16 of 31 characters, 79 bits. */
function makePassword(): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
