import { randomInt } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { AppError, everyDevice, newPasswordSchema } from "@helmcast/config";
import type { Accounts } from "../state/accounts.ts";
import type { Marks } from "../state/marks.ts";
import type { Sessions } from "../state/sessions.ts";
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
  | { readonly how: "kept"; readonly because: KeptBecause };

/**
 * Why it is as it was: the settings hold none, or the one that counts already, or one that was taken at an earlier start and changed since; or the
 * account is gone, and others run this relay.
 */
export type KeptBecause = "no-setting" | "same-as-setting" | "changed-since" | "account-removed";

/** No l, 1, O, 0 and the like: people type this from one screen into another. */
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/** Largest password file, in bytes; nobody's password is longer. */
const maxFileBytes = 64 * 1024;

/** What seeing to the admin account needs. */
export type FirstAdminParts = {
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, "endAll">;
  readonly marks: Marks;
  readonly passwords: Passwords;
};

/**
 * Sees to it that somebody can run this relay. A password in the settings counts when it is new there: it is taken over whatever is stored, which is how
 * a lost password is reset, and taken once, so that a password changed since then outlives the next start. Whoever signed in under the old one is
 * signed out with it.
 * @param wanted the password in the settings, or null
 */
export async function ensureAdmin(parts: FirstAdminParts, wanted: string | null, nowMs: number): Promise<AdminPassword> {
  const { accounts, sessions, marks, passwords } = parts;
  if (accounts.has(adminName) && !hasSiteAdmin(accounts)) {
    // A start that was cut off between the account and its role would else lock everybody out.
    accounts.grant(adminName, everyDevice, "admin");
  }
  if (await isSettled(parts, wanted)) {
    return { how: "kept", because: findReason(parts, wanted) };
  }
  const password = wanted ?? makePassword();
  const hash = await passwords.hash(password);
  if (hash === null) {
    throw new AppError("HC_GATEWAY_BUSY");
  }
  // Before the new password counts: were this process killed in between, they would outlive the one that they stand for.
  sessions.endAll(adminName);
  const keep = () => {
    accounts.put(adminName, hash, nowMs);
    accounts.grant(adminName, everyDevice, "admin");
  };
  if (wanted === null) {
    return { how: "made", password, keep };
  }
  keep();
  marks.set("admin-password-setting", hash);
  return { how: "set" };
}

/** True when nothing is to be made or set. */
async function isSettled({ accounts, marks, passwords }: FirstAdminParts, wanted: string | null): Promise<boolean> {
  const applied = marks.get("admin-password-setting");
  if (wanted === null) {
    if (applied !== null) {
      // Gone from the settings: should it ever stand there again, it is meant anew.
      marks.remove("admin-password-setting");
    }
    return hasSiteAdmin(accounts);
  }
  const last = applied ?? accounts.passwordHash(adminName);
  if (last === null || (await passwords.check(wanted, last)) !== true) {
    return false;
  }
  if (applied === null) {
    marks.set("admin-password-setting", last);
  }
  return hasSiteAdmin(accounts);
}

function findReason({ accounts, marks }: FirstAdminParts, wanted: string | null): KeptBecause {
  if (!accounts.has(adminName)) {
    return "account-removed";
  }
  if (wanted === null) {
    return "no-setting";
  }
  // The mark is the very text that was stored with the account, salt and all, so it differs after any change.
  return marks.get("admin-password-setting") === accounts.passwordHash(adminName) ? "same-as-setting" : "changed-since";
}

function hasSiteAdmin(accounts: Accounts): boolean {
  return accounts.list().some(({ name }) => accounts.roleOn(name, everyDevice) === "admin");
}

/**
 * The admin's password as the settings have it: itself, or in a file, as container hosts hand secrets over: its first line.
 * @throws AppError HC_SETTING_INVALID when the file cannot be read or holds no password of 8 to 256 characters
 */
export function readAdminPassword(settings: {
  readonly adminPassword: string | null;
  readonly adminPasswordFile?: string | null;
}): string | null {
  const file = settings.adminPasswordFile ?? null;
  if (settings.adminPassword !== null || file === null) {
    return settings.adminPassword;
  }
  const result = newPasswordSchema.safeParse(readShortFile(file).split(/\r?\n/)[0]);
  if (!result.success) {
    throw new AppError("HC_SETTING_INVALID", {
      detail: `The admin password file ${file} must hold 8 to 256 characters in its first line.`,
    });
  }
  return result.data;
}

function readShortFile(file: string): string {
  try {
    return statSync(file).size > maxFileBytes ? "" : readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("HC_SETTING_INVALID", { detail: `The admin password file ${file} cannot be read.`, cause });
  }
}

/** A password for a person to type once: four groups of four, 16 of 31 characters, 79 bits. */
export function makePassword(): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
