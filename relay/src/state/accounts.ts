import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";

/** What a person may do with a device; each holds the ones before. */
export type Role = "view" | "drive" | "admin";

/** The device name in a grant that stands for every device. */
export const everyDevice = "*";

/** Accounts and their grants. Grants are read from memory: every request asks for them. */
export type Accounts = {
  /** The stored password hash; null for an unknown account. */
  passwordHash(name: string): string | null;
  /** Makes an account, or gives it another password. */
  put(name: string, passwordHash: string, nowMs: number): void;
  /** Gives `name` the role on `device` ("*" for every device). */
  grant(name: string, device: string, role: Role): void;
  /** The role on a device: the device's own grant, else the one for every device, else null. */
  roleOn(name: string, device: string): Role | null;
};

const grantRow = z.object({ account: z.string(), device: z.string(), role: z.enum(["view", "drive", "admin"]) });

/** Accounts and grants over the state. */
export function createAccounts(database: DatabaseSync): Accounts {
  const readHash = database.prepare("SELECT password_hash FROM accounts WHERE name = ?");
  const writeAccount = database.prepare(
    "INSERT INTO accounts (name, password_hash, created_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash",
  );
  const writeGrant = database.prepare(
    "INSERT INTO grants (account, device, role) VALUES (?, ?, ?) ON CONFLICT (account, device) DO UPDATE SET role = excluded.role",
  );
  const grants = new Map<string, Role>();
  // A space is in no account name and in no device id, so the pair reads back without doubt.
  const key = (name: string, device: string) => `${name} ${device}`;
  for (const row of database.prepare("SELECT account, device, role FROM grants").all()) {
    const grant = grantRow.parse(row);
    grants.set(key(grant.account, grant.device), grant.role);
  }
  return {
    passwordHash(name) {
      const row = readHash.get(name);
      return row === undefined ? null : String(row["password_hash"]);
    },
    put(name, passwordHash, nowMs) {
      writeAccount.run(name, passwordHash, nowMs);
    },
    grant(name, device, role) {
      writeGrant.run(name, device, role);
      grants.set(key(name, device), role);
    },
    roleOn: (name, device) => grants.get(key(name, device)) ?? grants.get(key(name, everyDevice)) ?? null,
  };
}
