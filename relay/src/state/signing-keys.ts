import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** A key that signs tokens, and the id that tokens name it by. */
export type SigningKey = { readonly kid: string; readonly secret: Buffer };

/** The keys that may verify a token, newest first; the first one signs. Made at the first start, kept in the state. */
export function loadSigningKeys(database: DatabaseSync, nowMs: number): readonly [SigningKey, ...SigningKey[]] {
  const read = database.prepare("SELECT kid, secret FROM signing_keys ORDER BY created_ms DESC, rowid DESC");
  const keys = read.all().flatMap((row) => {
    const secret = row["secret"];
    return secret instanceof Uint8Array ? [{ kid: String(row["kid"]), secret: Buffer.from(secret) }] : [];
  });
  const [first, ...rest] = keys;
  if (first !== undefined) {
    return [first, ...rest];
  }
  const made = { kid: randomBytes(6).toString("hex"), secret: randomBytes(32) };
  database.prepare("INSERT INTO signing_keys (kid, secret, created_ms) VALUES (?, ?, ?)").run(made.kid, made.secret, nowMs);
  return [made];
}
