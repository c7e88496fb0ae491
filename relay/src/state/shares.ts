import type { DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";
import { inTransaction } from "./open-state.ts";

/** Share links kept at most, ended ones not counted. All of them are held in memory. */
export const maxShares = 500;

/** A share link: one camera, view only, until a time (ms since 1970). Its secret is stored as a hash. */
export type Share = {
  readonly id: string;
  readonly secretHash: string;
  readonly device: string;
  readonly camera: string;
  readonly label: string;
  readonly createdBy: string;
  readonly createdMs: number;
  readonly expiresMs: number;
};

/** A link in words, for the record: what it shows, and what its maker called it. */
export function nameShare({ device, camera, label }: Pick<Share, "device" | "camera" | "label">): string {
  return label === "" ? `${device}/${camera}` : `${device}/${camera}, ${label}`;
}

/** Share links, read from memory and kept in the state. */
export type Shares = {
  /** Newest first; ended ones stand in it until a new link is added. */
  list(): readonly Share[];
  get(id: string): Share | null;
  /** The link behind a secret, while it lasts. */
  bySecretHash(secretHash: string, nowMs: number): Share | null;
  /** Adds a link, and forgets those that had ended by its `createdMs`. @throws AppError HC_GATEWAY_LIMIT beyond {@link maxShares} */
  add(share: Share): void;
  /** Takes a link out with its visitors' sign-ins. True when it was there. */
  remove(id: string): boolean;
};

/** Share links over the state. */
export function createShares(database: DatabaseSync): Shares {
  const write = database.prepare(
    "INSERT INTO shares (id, secret_hash, device, camera, label, created_by, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const erase = database.prepare("DELETE FROM shares WHERE id = ?");
  const byId = new Map<string, Share>();
  const byHash = new Map<string, Share>();
  const remember = (share: Share) => {
    byId.set(share.id, share);
    byHash.set(share.secretHash, share);
  };
  const forget = (share: Share) => {
    byHash.delete(share.secretHash);
    return byId.delete(share.id);
  };
  for (const row of database.prepare("SELECT * FROM shares ORDER BY rowid").all()) {
    remember(readRow(row));
  }
  return {
    list: () => [...byId.values()].reverse(),
    get: (id) => byId.get(id) ?? null,
    bySecretHash(secretHash, nowMs) {
      const share = byHash.get(secretHash);
      return share !== undefined && share.expiresMs > nowMs ? share : null;
    },
    add(share) {
      const ended = [...byId.values()].filter((kept) => kept.expiresMs <= share.createdMs);
      if (byId.size - ended.length >= maxShares) {
        throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxShares} share links.` });
      }
      inTransaction(database, () => {
        for (const { id } of ended) {
          erase.run(id);
        }
        const { id, secretHash, device, camera, label, createdBy, createdMs, expiresMs } = share;
        write.run(id, secretHash, device, camera, label, createdBy, createdMs, expiresMs);
      });
      ended.forEach(forget);
      remember(Object.freeze({ ...share }));
    },
    remove(id) {
      const share = byId.get(id);
      erase.run(id);
      return share !== undefined && forget(share);
    },
  };
}

function readRow(row: Record<string, unknown>): Share {
  return Object.freeze({
    id: String(row["id"]),
    secretHash: String(row["secret_hash"]),
    device: String(row["device"]),
    camera: String(row["camera"]),
    label: String(row["label"]),
    createdBy: String(row["created_by"]),
    createdMs: Number(row["created_ms"]),
    expiresMs: Number(row["expires_ms"]),
  });
}
