import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./open-state.ts";
import type { Revocations } from "./revocations.ts";
import { buildSession, type NewSession, readSessions, type Session, sessionWriter, shareAccount } from "./session-rows.ts";

/** Sign-ins one account may have at a time; more than a household's phones and tabs, and a bound for the memory they take. */
export const maxSessionsPerAccount = 100;
/** Visitors one share link may have at a time. */
export const maxSessionsPerShare = 500;
/** Sign-ins altogether; some 600 bytes of memory each. */
const maxSessions = 20_000;

/** How stale `lastSeenMs` may be, in ms; it is shown to people, and every write waits for the disk. Hundreds of viewers then cost a write or two a second. */
const seenEveryMs = 300_000;

/** Sign-ins, read from memory and kept in the state, so that a restart signs nobody out. Lookups give only those that have not expired. */
export type Sessions = {
  byId(id: string, nowMs: number): Session | null;
  /** By the hash of the cookie's current value. */
  byCookieHash(cookieHash: string, nowMs: number): Session | null;
  /** By the hash of the part of the cookie that never changes. */
  byFamilyHash(familyHash: string, nowMs: number): Session | null;
  /** The sign-ins of an account (or of `share:<id>`), newest first. */
  ofAccount(account: string, nowMs: number): readonly Session[];
  /** Every sign-in, in the order in which they began. */
  all(nowMs: number): readonly Session[];
  /** Adds a sign-in. Ends the oldest ones over the bounds and gives them back. */
  add(session: NewSession, nowMs: number): readonly Session[];
  /** Notes that it was used. */
  touch(id: string, nowMs: number): void;
  /**
   * Gives the cookie another value.
   * @param previousHash the value that goes on counting for a while: the current one unless another is named
   */
  rotate(id: string, newHash: string, nowMs: number, previousHash?: string): Session | null;
  /** Notes that the browser has the current value. */
  confirm(id: string, nowMs: number): void;
  /** Ends a sign-in; its tokens stay refused. True when it was there. */
  end(id: string): boolean;
  /** Ends every sign-in of an account and gives them back. */
  endAll(account: string): readonly Session[];
  /** Ends every sign-in by a share link and gives them back. */
  endShare(shareId: string): readonly Session[];
};

/**
 * Sign-ins over the state; those expired by `nowMs` are erased at once.
 * @param bound sign-ins altogether; tests give a smaller one
 */
export function createSessions(database: DatabaseSync, revocations: Revocations, nowMs: number, bound: number = maxSessions): Sessions {
  const write = sessionWriter(database);
  const erase = database.prepare("DELETE FROM sign_ins WHERE id = ?");
  database.prepare("DELETE FROM sign_ins WHERE expires_ms <= ?").run(nowMs);
  const index = createIndex();
  readSessions(database).forEach(index.put);
  const change = (session: Session) => {
    write(session);
    index.put(session);
    return session;
  };
  const endEach = (sessions: readonly Session[], alongWith: () => void = () => undefined) => {
    inTransaction(database, () => {
      for (const { id } of sessions) {
        erase.run(id);
      }
      alongWith();
      for (const { id, expiresMs } of sessions) {
        // No token outlives its sign-in, so that is when the last one has expired.
        revocations.add(id, expiresMs);
      }
    });
    sessions.forEach(index.remove);
    return sessions;
  };
  return {
    byId: (id, atMs) => live(index.byId.get(id), atMs),
    byCookieHash: (hash, atMs) => live(index.byCookie.get(hash), atMs),
    byFamilyHash: (hash, atMs) => live(index.byFamily.get(hash), atMs),
    ofAccount: (account, atMs) =>
      index
        .of(account)
        .filter((session) => session.expiresMs > atMs)
        .reverse(),
    all: (atMs) => [...index.byId.values()].filter((session) => session.expiresMs > atMs),
    add(fresh, atMs) {
      const session = buildSession(fresh, atMs);
      const ended = endEach(findSurplus(index, session, atMs, bound), () => write(session));
      index.put(session);
      return ended;
    },
    touch(id, atMs) {
      const session = index.byId.get(id);
      if (session !== undefined && atMs - session.lastSeenMs >= seenEveryMs) {
        change(Object.freeze({ ...session, lastSeenMs: atMs }));
      }
    },
    rotate(id, newHash, atMs, previousHash) {
      const session = index.byId.get(id);
      if (session === undefined) {
        return null;
      }
      const cookie = { cookieHash: newHash, previousCookieHash: previousHash ?? session.cookieHash };
      return change(Object.freeze({ ...session, ...cookie, rotatedMs: atMs, confirmedMs: null, lastSeenMs: atMs }));
    },
    confirm(id, atMs) {
      const session = index.byId.get(id);
      if (session !== undefined && session.confirmedMs === null) {
        change(Object.freeze({ ...session, confirmedMs: atMs }));
      }
    },
    end(id) {
      const session = index.byId.get(id);
      return session !== undefined && endEach([session]).length > 0;
    },
    endAll: (account) => endEach(index.of(account)),
    endShare: (shareId) => endEach(index.of(shareAccount(shareId))),
  };
}

type Index = ReturnType<typeof createIndex>;

/** The same sign-ins under everything they are asked for by. Maps keep the order of sign-in, so the first are the oldest. */
function createIndex() {
  const byId = new Map<string, Session>();
  const byCookie = new Map<string, Session>();
  const byFamily = new Map<string, Session>();
  const byAccount = new Map<string, Map<string, Session>>();
  const remove = ({ id }: Session) => {
    const session = byId.get(id);
    if (session === undefined) {
      return;
    }
    byId.delete(id);
    byCookie.delete(session.cookieHash);
    byFamily.delete(session.familyHash);
    const own = byAccount.get(session.account);
    own?.delete(id);
    if (own?.size === 0) {
      byAccount.delete(session.account);
    }
  };
  return {
    byId,
    byCookie,
    byFamily,
    of: (account: string): Session[] => [...(byAccount.get(account)?.values() ?? [])],
    put(session: Session) {
      const old = byId.get(session.id);
      if (old !== undefined) {
        byCookie.delete(old.cookieHash);
      }
      byId.set(session.id, session);
      byCookie.set(session.cookieHash, session);
      byFamily.set(session.familyHash, session);
      const own = byAccount.get(session.account) ?? new Map<string, Session>();
      byAccount.set(session.account, own.set(session.id, session));
    },
    remove,
  };
}

/**
 * Those that have to go before one more may come: the expired of its account, then the oldest over the account's bound. Where all are too many, the
 * oldest visitor goes, since links may be in many hands; a person only when there is no visitor.
 */
function findSurplus(index: Index, coming: Session, nowMs: number, bound: number): readonly Session[] {
  const ownBound = coming.kind === "share" ? maxSessionsPerShare : maxSessionsPerAccount;
  const own = index.of(coming.account);
  const expired = own.filter((session) => session.expiresMs <= nowMs);
  const living = own.filter((session) => session.expiresMs > nowMs);
  const surplus = [...expired, ...living.slice(0, Math.max(0, living.length - ownBound + 1))];
  if (surplus.length > 0 || index.byId.size < bound) {
    return surplus;
  }
  const all = [...index.byId.values()];
  return [all.find((session) => session.kind === "share") ?? all[0]].filter((session) => session !== undefined);
}

function live(session: Session | undefined, atMs: number): Session | null {
  return session !== undefined && session.expiresMs > atMs ? session : null;
}
