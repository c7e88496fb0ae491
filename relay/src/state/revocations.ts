import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./open-state.ts";

/** Revocations kept at most; the one that ends first makes room. It is a second lock: what is ended is gone from its own table too. */
export const maxRevocations = 20_000;

/** Sign-ins and enrolments that ended before their tokens did. A token that names one is refused by that name, whatever the other tables say of it. */
export type Revocations = {
  /** @param sid sign-in id or device generation @param untilMs when the last token of it has expired, ms since 1970 */
  add(sid: string, untilMs: number): void;
  has(sid: string): boolean;
};

/** Revocations over the state; those that ended by `nowMs` are erased at once. */
export function createRevocations(database: DatabaseSync, nowMs: number): Revocations {
  const write = database.prepare("INSERT OR REPLACE INTO revocations (sid, until_ms) VALUES (?, ?)");
  const erase = database.prepare("DELETE FROM revocations WHERE sid = ?");
  database.prepare("DELETE FROM revocations WHERE until_ms <= ?").run(nowMs);
  const known = new Map<string, number>();
  for (const row of database.prepare("SELECT sid, until_ms FROM revocations").all()) {
    known.set(String(row["sid"]), Number(row["until_ms"]));
  }
  return {
    add(sid, untilMs) {
      const displaced = known.size >= maxRevocations && !known.has(sid) ? findFirstToEnd(known) : null;
      inTransaction(database, () => {
        if (displaced !== null) {
          erase.run(displaced);
        }
        write.run(sid, untilMs);
      });
      if (displaced !== null) {
        known.delete(displaced);
      }
      known.set(sid, untilMs);
    },
    has: (sid) => known.has(sid),
  };
}

function findFirstToEnd(known: ReadonlyMap<string, number>): string | null {
  let first: { readonly sid: string; readonly untilMs: number } | null = null;
  for (const [sid, untilMs] of known) {
    if (first === null || untilMs < first.untilMs) {
      first = { sid, untilMs };
    }
  }
  return first?.sid ?? null;
}
