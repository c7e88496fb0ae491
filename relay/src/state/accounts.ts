import type { DatabaseSync } from "node:sqlite";
import { AppError, everyDevice, type Grant, type Role, roleSchema } from "@helmcast/config";

/** Accounts kept at most. All of them are held in memory. */
export const maxAccounts = 1000;
/** Grants one account may have; beyond this a role on every device is what is wanted. */
export const maxGrantsPerAccount = 100;

/** An account as lists show it. */
export type Account = { readonly name: string; readonly createdMs: number; readonly grants: readonly Grant[] };

/** Accounts and their grants. Read from memory: every request asks for them. */
export type Accounts = {
  /** Every account, by name. */
  list(): readonly Account[];
  has(name: string): boolean;
  /** The stored password hash; null for an unknown account. */
  passwordHash(name: string): string | null;
  /** Makes an account, or gives it another password. @throws AppError HC_GATEWAY_LIMIT beyond {@link maxAccounts} */
  put(name: string, passwordHash: string, nowMs: number): void;
  /** Takes an account out with its grants and sign-ins. True when it was there. */
  remove(name: string): boolean;
  /** Gives `name` the role on `device` ("*" for every device). @throws AppError HC_GATEWAY_LIMIT beyond {@link maxGrantsPerAccount} */
  grant(name: string, device: string, role: Role): void;
  /** Takes a grant away. True when it was there. */
  revoke(name: string, device: string): boolean;
  /** The account's grants, by device. */
  grantsOf(name: string): readonly Grant[];
  /** The role on a device: the device's own grant, else the one for every device, else null. */
  roleOn(name: string, device: string): Role | null;
};

type Kept = { passwordHash: string; readonly createdMs: number; readonly grants: Map<string, Role> };

/** Accounts and grants over the state. */
export function createAccounts(database: DatabaseSync): Accounts {
  const statements = prepare(database);
  const known = new Map<string, Kept>();
  const grantsOf = (name: string): Grant[] =>
    [...(known.get(name)?.grants ?? [])].map(([device, role]) => ({ device, role })).sort((a, b) => (a.device < b.device ? -1 : 1));
  readAll(database, known);
  return {
    list: () =>
      [...known]
        .map(([name, { createdMs }]) => ({ name, createdMs, grants: grantsOf(name) }))
        .sort((left, right) => (left.name < right.name ? -1 : 1)),
    has: (name) => known.has(name),
    passwordHash: (name) => known.get(name)?.passwordHash ?? null,
    put(name, passwordHash, nowMs) {
      const account = known.get(name);
      if (account === undefined && known.size >= maxAccounts) {
        throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxAccounts} accounts.` });
      }
      statements.writeAccount.run(name, passwordHash, nowMs);
      known.set(name, { passwordHash, createdMs: account?.createdMs ?? nowMs, grants: account?.grants ?? new Map() });
    },
    remove(name) {
      statements.eraseAccount.run(name);
      return known.delete(name);
    },
    grant(name, device, role) {
      const grants = known.get(name)?.grants;
      if (grants !== undefined && !grants.has(device) && grants.size >= maxGrantsPerAccount) {
        throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxGrantsPerAccount} grants for one account.` });
      }
      // For an unknown account the table's foreign key refuses.
      statements.writeGrant.run(name, device, role);
      grants?.set(device, role);
    },
    revoke(name, device) {
      statements.eraseGrant.run(name, device);
      return known.get(name)?.grants.delete(device) ?? false;
    },
    grantsOf,
    roleOn(name, device) {
      const grants = known.get(name)?.grants;
      return grants?.get(device) ?? grants?.get(everyDevice) ?? null;
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    writeAccount: database.prepare(
      "INSERT INTO accounts (name, password_hash, created_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash",
    ),
    eraseAccount: database.prepare("DELETE FROM accounts WHERE name = ?"),
    writeGrant: database.prepare(
      "INSERT INTO grants (account, device, role) VALUES (?, ?, ?) ON CONFLICT (account, device) DO UPDATE SET role = excluded.role",
    ),
    eraseGrant: database.prepare("DELETE FROM grants WHERE account = ? AND device = ?"),
  };
}

function readAll(database: DatabaseSync, known: Map<string, Kept>): void {
  for (const row of database.prepare("SELECT name, password_hash, created_ms FROM accounts").all()) {
    const kept = { passwordHash: String(row["password_hash"]), createdMs: Number(row["created_ms"]), grants: new Map<string, Role>() };
    known.set(String(row["name"]), kept);
  }
  for (const row of database.prepare("SELECT account, device, role FROM grants").all()) {
    known.get(String(row["account"]))?.grants.set(String(row["device"]), roleSchema.parse(row["role"]));
  }
}
