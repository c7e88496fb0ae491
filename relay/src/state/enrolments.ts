import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./open-state.ts";

/** One-time codes kept at most; the one that ends first makes room. */
export const maxEnrolments = 64;

/** A one-time code for enrolling a device: its hash, for which device, until when (ms since 1970), and whose account made it. */
export type Enrolment = { readonly codeHash: string; readonly device: string; readonly expiresMs: number; readonly createdBy: string };

/** Codes with which devices enrol. */
export type Enrolments = {
  /** Keeps a code. An earlier one for the same device stops counting. */
  put(enrolment: Enrolment): void;
  /** Uses a code up: what it was for, this once; null for one that is unknown, used or too old. */
  take(codeHash: string, nowMs: number): { readonly device: string; readonly createdBy: string } | null;
  /** Takes a device's code back. */
  drop(device: string): void;
  /** How many codes still count. */
  countLive(nowMs: number): number;
};

/** Codes over the state. */
export function createEnrolments(database: DatabaseSync): Enrolments {
  const write = database.prepare("INSERT INTO enrolments (code_hash, device, expires_ms, created_by) VALUES (?, ?, ?, ?)");
  const erase = database.prepare("DELETE FROM enrolments WHERE code_hash = ?");
  const known = new Map<string, Enrolment>();
  for (const row of database.prepare("SELECT code_hash, device, expires_ms, created_by FROM enrolments").all()) {
    const codeHash = String(row["code_hash"]);
    const { device, created_by: createdBy } = row;
    known.set(codeHash, { codeHash, device: String(device), expiresMs: Number(row["expires_ms"]), createdBy: String(createdBy) });
  }
  const findDisplaced = (device: string): readonly Enrolment[] => {
    const [same, others] = [[...known.values()].filter((kept) => kept.device === device), [...known.values()]];
    if (same.length > 0 || others.length < maxEnrolments) {
      return same;
    }
    return others.sort((left, right) => left.expiresMs - right.expiresMs).slice(0, 1);
  };
  return {
    put(enrolment) {
      const displaced = findDisplaced(enrolment.device);
      inTransaction(database, () => {
        for (const old of displaced) {
          erase.run(old.codeHash);
        }
        write.run(enrolment.codeHash, enrolment.device, enrolment.expiresMs, enrolment.createdBy);
      });
      for (const old of displaced) {
        known.delete(old.codeHash);
      }
      known.set(enrolment.codeHash, enrolment);
    },
    take(codeHash, nowMs) {
      const found = known.get(codeHash);
      if (found === undefined) {
        return null;
      }
      erase.run(codeHash);
      known.delete(codeHash);
      return found.expiresMs > nowMs ? { device: found.device, createdBy: found.createdBy } : null;
    },
    drop(device) {
      for (const { codeHash } of [...known.values()].filter((kept) => kept.device === device)) {
        erase.run(codeHash);
        known.delete(codeHash);
      }
    },
    countLive: (nowMs) => [...known.values()].filter((kept) => kept.expiresMs > nowMs).length,
  };
}
