import type { DatabaseSync } from "node:sqlite";

/**
 * A sign-in of a person, or of a visitor by a share link. Times in ms since 1970.
 * Its cookie's value changes from time to time: `cookieHash` is of the current value, `previousCookieHash` of the one before, `familyHash` of the
 * part that stays, by which a value that is older than both is known as one of this sign-in.
 */
export type Session = {
  readonly id: string;
  readonly kind: "user" | "share";
  /** The account's name, or `share:<id>` for a visitor. */
  readonly account: string;
  readonly shareId: string | null;
  readonly cookieHash: string;
  readonly previousCookieHash: string | null;
  readonly familyHash: string;
  /** When the current value was made. */
  readonly rotatedMs: number;
  /** When the browser first sent the current value, which proves that it has it; null before. */
  readonly confirmedMs: number | null;
  readonly createdMs: number;
  readonly lastSeenMs: number;
  readonly expiresMs: number;
  readonly userAgent: string;
  readonly address: string;
};

/** What a new sign-in must say of itself; the rest has defaults. */
export type NewSession = Pick<Session, "id" | "account" | "cookieHash" | "expiresMs"> &
  Partial<Pick<Session, "shareId" | "familyHash" | "userAgent" | "address">>;

/** A new sign-in, whole. */
export function buildSession(fresh: NewSession, nowMs: number): Session {
  const { id, account, cookieHash, expiresMs, shareId = null, familyHash = cookieHash, userAgent = "", address = "" } = fresh;
  return Object.freeze({
    id,
    account,
    cookieHash,
    expiresMs,
    shareId,
    familyHash,
    userAgent,
    address,
    kind: shareId === null ? "user" : "share",
    previousCookieHash: null,
    confirmedMs: null,
    rotatedMs: nowMs,
    createdMs: nowMs,
    lastSeenMs: nowMs,
  });
}

/** Every sign-in in the table, in the order in which they began. */
export function readSessions(database: DatabaseSync): readonly Session[] {
  return database.prepare("SELECT * FROM sign_ins ORDER BY created_ms, rowid").all().map(readRow);
}

/** Makes the writer that adds a sign-in or brings its row up to date. */
export function sessionWriter(database: DatabaseSync): (session: Session) => void {
  const write = database.prepare(
    "INSERT INTO sign_ins (id, account, share_id, cookie_hash, previous_cookie_hash, family_hash, rotated_ms, confirmed_ms, created_ms, last_seen_ms, expires_ms, user_agent, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET cookie_hash = excluded.cookie_hash, previous_cookie_hash = excluded.previous_cookie_hash, rotated_ms = excluded.rotated_ms, confirmed_ms = excluded.confirmed_ms, last_seen_ms = excluded.last_seen_ms",
  );
  return (session) => {
    const { id, account, shareId, cookieHash, previousCookieHash, familyHash, rotatedMs, confirmedMs } = session;
    const { createdMs, lastSeenMs, expiresMs, userAgent, address } = session;
    const who = [id, shareId === null ? account : null, shareId];
    const cookie = [cookieHash, previousCookieHash, familyHash, rotatedMs, confirmedMs];
    write.run(...who, ...cookie, createdMs, lastSeenMs, expiresMs, userAgent, address);
  };
}

function readRow(row: Record<string, unknown>): Session {
  const shareId = row["share_id"] === null ? null : String(row["share_id"]);
  const textOrNull = (value: unknown) => (value === null ? null : String(value));
  const numberOrNull = (value: unknown) => (value === null ? null : Number(value));
  return Object.freeze({
    id: String(row["id"]),
    kind: shareId === null ? "user" : "share",
    account: shareId === null ? String(row["account"]) : shareAccount(shareId),
    shareId,
    cookieHash: String(row["cookie_hash"]),
    previousCookieHash: textOrNull(row["previous_cookie_hash"]),
    familyHash: String(row["family_hash"]),
    rotatedMs: Number(row["rotated_ms"]),
    confirmedMs: numberOrNull(row["confirmed_ms"]),
    createdMs: Number(row["created_ms"]),
    lastSeenMs: Number(row["last_seen_ms"]),
    expiresMs: Number(row["expires_ms"]),
    userAgent: String(row["user_agent"]),
    address: String(row["address"]),
  });
}

/** The name under which a share link's visitors go. A colon is in no account's name. */
export function shareAccount(shareId: string): string {
  return `share:${shareId}`;
}
