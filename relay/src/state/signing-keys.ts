import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";

/** A key that signs tokens, the id that tokens name it by, and when it was made (ms since 1970). */
export type SigningKey = { readonly kid: string; readonly secret: Buffer; readonly createdMs: number };

/** Keys that may verify a token, newest first; the first one signs. */
export type KeyList = readonly [SigningKey, ...SigningKey[]];

/** Keys kept at most: the older ones go by themselves some minutes after they were replaced. */
export const maxSigningKeys = 16;

/** The keys that sign and verify tokens. */
export type SigningKeys = {
  /** Newest first, by the order in which they were made. The same array until something changes. */
  list(): KeyList;
  /** Makes a key that signs from now on; the others go on verifying. @throws AppError HC_GATEWAY_LIMIT beyond {@link maxSigningKeys} */
  add(nowMs: number): SigningKey;
  /** Removes keys that were replaced before this time, never the one that signs. Gives how many went. */
  removeOlderThan(replacedBeforeMs: number): number;
};

/** Signing keys over the state. The first is made at the first start. */
export function createSigningKeys(database: DatabaseSync, nowMs: number): SigningKeys {
  // By rowid: a clock that was wrong once must not make an old key the newest.
  const read = database.prepare("SELECT kid, secret, created_ms FROM signing_keys ORDER BY rowid DESC");
  const write = database.prepare("INSERT INTO signing_keys (kid, secret, created_ms) VALUES (?, ?, ?)");
  const erase = database.prepare("DELETE FROM signing_keys WHERE kid = ?");
  const make = (atMs: number): SigningKey => {
    const key = { kid: randomBytes(6).toString("hex"), secret: randomBytes(32), createdMs: atMs };
    write.run(key.kid, key.secret, key.createdMs);
    return key;
  };
  const load = (): KeyList => {
    const [first, ...rest] = read.all().flatMap((row) => {
      const { kid, secret, created_ms: createdMs } = row;
      return secret instanceof Uint8Array ? [{ kid: String(kid), secret: Buffer.from(secret), createdMs: Number(createdMs) }] : [];
    });
    return Object.freeze<KeyList>([first ?? make(nowMs), ...rest]);
  };
  let keys = load();
  return {
    list: () => keys,
    add(atMs) {
      if (keys.length >= maxSigningKeys) {
        throw new AppError("HC_GATEWAY_LIMIT", {
          detail: `At most ${maxSigningKeys} signing keys; replaced ones go by themselves within a quarter of an hour.`,
        });
      }
      const key = make(atMs);
      keys = Object.freeze<KeyList>([key, ...keys]);
      return key;
    },
    removeOlderThan(replacedBeforeMs) {
      // A key was replaced when the one before it in the list was made.
      const isOld = (index: number) => (keys[index - 1]?.createdMs ?? Number.POSITIVE_INFINITY) < replacedBeforeMs;
      const [first, ...rest] = keys;
      const old = rest.filter((_key, index) => isOld(index + 1));
      for (const { kid } of old) {
        erase.run(kid);
      }
      if (old.length > 0) {
        keys = Object.freeze<KeyList>([first, ...rest.filter((key) => !old.includes(key))]);
      }
      return old.length;
    },
  };
}
