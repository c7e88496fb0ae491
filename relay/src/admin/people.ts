import { type AccountInfo, AppError, everyDevice, type Grant } from "@helmcast/config";
import { makePassword } from "../auth/first-admin.ts";
import type { Passwords } from "../auth/password.ts";
import { type Account, type Accounts, maxAccounts, maxGrantsPerAccount } from "../state/accounts.ts";
import type { Sessions } from "../state/sessions.ts";
import type { Actor } from "./actor.ts";
import type { RecordEntry } from "./record.ts";
import type { Revoker } from "./revoker.ts";

/** An account whose password was set. `password` is the made one, told this once; null when the caller gave it. */
type PasswordSet = { readonly name: string; readonly password: string | null };

/** An account to add. Without a password one is made. */
type NewAccount = { readonly name: string; readonly password?: string | undefined; readonly grants: readonly Grant[] };

/** Everything that is done with accounts and grants. Each change counts before the method returns, ends what it no longer allows, and is recorded. */
export type People = {
  /** By name. */
  list(): readonly AccountInfo[];
  /** @throws AppError HC_GATEWAY_ACCOUNT_EXISTS, HC_GATEWAY_LIMIT, HC_GATEWAY_BUSY */
  add(account: NewAccount, by: Actor): Promise<PasswordSet>;
  /** Gives an account another password (null: one is made) and ends its sign-ins. @throws AppError HC_GATEWAY_ACCOUNT_UNKNOWN, HC_GATEWAY_BUSY */
  setPassword(name: string, password: string | null, by: Actor): Promise<PasswordSet>;
  /** @throws AppError HC_GATEWAY_ACCOUNT_UNKNOWN, HC_GATEWAY_LAST_ADMIN */
  remove(name: string, by: Actor): void;
  /** @throws AppError HC_GATEWAY_ACCOUNT_UNKNOWN, HC_GATEWAY_LAST_ADMIN, HC_GATEWAY_LIMIT */
  setGrant(name: string, grant: Grant, by: Actor): void;
  /** @throws AppError HC_GATEWAY_ACCOUNT_UNKNOWN, HC_GATEWAY_GRANT_UNKNOWN, HC_GATEWAY_LAST_ADMIN */
  removeGrant(name: string, device: string, by: Actor): void;
};

/** What {@link People} is made of. */
export type PeopleParts = {
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, "ofAccount" | "endAll">;
  readonly passwords: Passwords;
  readonly revoker: Revoker;
  readonly record: RecordEntry;
  readonly wallMs: () => number;
};

/** The operations on people. */
export function createPeople(parts: PeopleParts): People {
  const { accounts, sessions, passwords, revoker, record, wallMs } = parts;
  return {
    list: () => accounts.list().map((account) => describeAccount(account, sessions.ofAccount(account.name, wallMs()).length)),
    async add({ name, password, grants }, by) {
      refuseTaken(accounts, name, grants.length);
      const chosen = password ?? makePassword();
      const hash = await hashPassword(passwords, chosen);
      // Asked again: the hash took its time, and another request may have come first.
      refuseTaken(accounts, name, grants.length);
      accounts.put(name, hash, wallMs());
      record("account-added", by, name);
      for (const { device, role } of grants) {
        accounts.grant(name, device, role);
        record("grant-set", by, `${name}: ${role}`, device);
      }
      return { name, password: password === undefined ? chosen : null };
    },
    async setPassword(name, password, by) {
      findAccount(accounts, name);
      const chosen = password ?? makePassword();
      const hash = await hashPassword(passwords, chosen);
      // Asked again: storing a password for an account that was removed meanwhile would bring it back.
      findAccount(accounts, name);
      // Sign-ins first: were this process killed in between, they would outlive the password that they stand for.
      const ended = sessions.endAll(name);
      accounts.put(name, hash, wallMs());
      record("password-changed", by, name);
      ended.forEach((session) => void revoker.signInEnded(session.id));
      return { name, password: password === null ? chosen : null };
    },
    remove(name, by) {
      findAccount(accounts, name);
      keepAnAdmin(accounts, name);
      // Sign-ins first: with the account they would vanish from the file without their tokens being refused by name.
      const ended = sessions.endAll(name);
      accounts.remove(name);
      record("account-removed", by, name);
      ended.forEach((session) => void revoker.signInEnded(session.id));
      revoker.accountChanged(name);
    },
    ...createGrants(parts),
  };
}

function createGrants({ accounts, revoker, record }: PeopleParts): Pick<People, "setGrant" | "removeGrant"> {
  return {
    setGrant(name, { device, role }, by) {
      const { grants } = findAccount(accounts, name);
      const before = grants.find((grant) => grant.device === device);
      if (before?.role === role) {
        return;
      }
      if (device === everyDevice && before?.role === "admin") {
        keepAnAdmin(accounts, name);
      }
      accounts.grant(name, device, role);
      record("grant-set", by, `${name}: ${role}`, device);
      revoker.accountChanged(name);
    },
    removeGrant(name, device, by) {
      const grant = findAccount(accounts, name).grants.find((known) => known.device === device);
      if (grant === undefined) {
        throw new AppError("HC_GATEWAY_GRANT_UNKNOWN", { detail: `Account ${name}, device ${device}.` });
      }
      if (device === everyDevice && grant.role === "admin") {
        keepAnAdmin(accounts, name);
      }
      accounts.revoke(name, device);
      record("grant-removed", by, name, device);
      revoker.accountChanged(name);
    },
  };
}

function findAccount(accounts: Accounts, name: string): Account {
  const found = accounts.list().find((account) => account.name === name);
  if (found === undefined) {
    throw new AppError("HC_GATEWAY_ACCOUNT_UNKNOWN", { detail: `Name: ${name}.` });
  }
  return found;
}

/** Refuses when nobody but `name` runs this relay: with it the last one would go. */
function keepAnAdmin(accounts: Accounts, name: string): void {
  const admins = accounts.list().filter(({ grants }) => grants.some((grant) => grant.device === everyDevice && grant.role === "admin"));
  if (admins.length === 1 && admins[0]?.name === name) {
    throw new AppError("HC_GATEWAY_LAST_ADMIN");
  }
}

function refuseTaken(accounts: Accounts, name: string, grants: number): void {
  if (accounts.has(name)) {
    throw new AppError("HC_GATEWAY_ACCOUNT_EXISTS", { detail: `Name: ${name}.` });
  }
  if (accounts.list().length >= maxAccounts) {
    throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxAccounts} accounts.` });
  }
  if (grants > maxGrantsPerAccount) {
    throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxGrantsPerAccount} grants for one account.` });
  }
}

async function hashPassword(passwords: Passwords, password: string): Promise<string> {
  const hash = await passwords.hash(password);
  if (hash === null) {
    throw new AppError("HC_GATEWAY_BUSY");
  }
  return hash;
}

function describeAccount({ name, createdMs, grants }: Account, signIns: number): AccountInfo {
  return { name, createdAt: new Date(createdMs).toISOString(), grants: [...grants], signIns };
}
