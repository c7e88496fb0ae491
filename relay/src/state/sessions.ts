import type { DatabaseSync } from "node:sqlite";

/** A sign-in: which account, until when (ms since 1970). */
export type Session = { readonly id: string; readonly account: string; readonly cookieHash: string; readonly expiresMs: number };

/** Sign-ins, read from memory and kept in the state, so that a restart signs nobody out. */
export type Sessions = {
  byId(id: string, nowMs: number): Session | null;
  byCookieHash(cookieHash: string, nowMs: number): Session | null;
  /** Adds a sign-in. Ends the account's oldest ones over {@link maxSessionsPerAccount} and gives them back. */
  add(session: Session, nowMs: number): readonly Session[];
  /** Ends a sign-in. True when it was there. */
  end(id: string): boolean;
  /** Ends every sign-in of an account and gives them back. */
  endAll(account: string): readonly Session[];
};

/** Sign-ins one account may have at a time; more than a household's phones and tabs, and a bound for the memory they take. */
export const maxSessionsPerAccount = 100;

/** Sign-ins over the state; those expired by `nowMs` are erased at once. */
export function createSessions(database: DatabaseSync, nowMs: number): Sessions {
  const write = database.prepare("INSERT INTO sessions (id, account, cookie_hash, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?)");
  const erase = database.prepare("DELETE FROM sessions WHERE id = ?");
  database.prepare("DELETE FROM sessions WHERE expires_ms <= ?").run(nowMs);
  const byId = new Map<string, Session>();
  const byHash = new Map<string, Session>();
  const remember = (session: Session) => {
    byId.set(session.id, session);
    byHash.set(session.cookieHash, session);
  };
  for (const row of database.prepare("SELECT id, account, cookie_hash, expires_ms FROM sessions ORDER BY created_ms, rowid").all()) {
    remember({
      id: String(row["id"]),
      account: String(row["account"]),
      cookieHash: String(row["cookie_hash"]),
      expiresMs: Number(row["expires_ms"]),
    });
  }
  const end = (id: string) => {
    const session = byId.get(id);
    if (session === undefined) {
      return false;
    }
    erase.run(id);
    byHash.delete(session.cookieHash);
    return byId.delete(id);
  };
  const live = (session: Session | undefined, atMs: number) => (session !== undefined && session.expiresMs > atMs ? session : null);
  const ofAccount = (account: string) => [...byId.values()].filter((session) => session.account === account);
  const endEach = (sessions: readonly Session[]) => {
    for (const session of sessions) {
      end(session.id);
    }
    return sessions;
  };
  return {
    byId: (id, atMs) => live(byId.get(id), atMs),
    byCookieHash: (hash, atMs) => live(byHash.get(hash), atMs),
    add(session, atMs) {
      endEach(ofAccount(session.account).filter((old) => old.expiresMs <= atMs));
      // Map order is sign-in order, so the first are the oldest.
      const own = ofAccount(session.account);
      const ended = endEach(own.slice(0, Math.max(0, own.length - maxSessionsPerAccount + 1)));
      write.run(session.id, session.account, session.cookieHash, atMs, session.expiresMs);
      remember(session);
      return ended;
    },
    end,
    endAll: (account) => endEach(ofAccount(account)),
  };
}
