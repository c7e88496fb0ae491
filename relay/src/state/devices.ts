import type { DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";

/** Devices kept at most. All of them are held in memory. */
export const maxDevices = 1000;

/** An enrolled device: the hash of its secret, the generation that its tokens carry, and when it was enrolled (ms since 1970). */
export type EnrolledDevice = { readonly secretHash: string; readonly generation: string; readonly createdMs: number };

/** Enrolled devices, read from memory and kept in the state. */
export type Devices = {
  get(id: string): EnrolledDevice | null;
  ids(): string[];
  /**
   * Enrols a device, or enrols it again under another secret, which ends the tokens of the old one.
   * @throws AppError HC_GATEWAY_LIMIT beyond {@link maxDevices}
   */
  put(id: string, device: Pick<EnrolledDevice, "secretHash" | "generation">, nowMs: number): void;
  /** Takes a device out. True when it was enrolled. */
  remove(id: string): boolean;
};

/** Enrolled devices over the state. */
export function createDevices(database: DatabaseSync): Devices {
  const write = database.prepare(
    "INSERT INTO devices (id, secret_hash, generation, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, generation = excluded.generation, created_ms = excluded.created_ms",
  );
  const erase = database.prepare("DELETE FROM devices WHERE id = ?");
  const known = new Map<string, EnrolledDevice>();
  for (const row of database.prepare("SELECT id, secret_hash, generation, created_ms FROM devices").all()) {
    const { secret_hash: secretHash, generation, created_ms: createdMs } = row;
    known.set(String(row["id"]), { secretHash: String(secretHash), generation: String(generation), createdMs: Number(createdMs) });
  }
  return {
    get: (id) => known.get(id) ?? null,
    ids: () => [...known.keys()],
    put(id, device, nowMs) {
      if (!known.has(id) && known.size >= maxDevices) {
        throw new AppError("HC_GATEWAY_LIMIT", { detail: `At most ${maxDevices} devices.` });
      }
      write.run(id, device.secretHash, device.generation, nowMs);
      known.set(id, { secretHash: device.secretHash, generation: device.generation, createdMs: nowMs });
    },
    remove(id) {
      erase.run(id);
      return known.delete(id);
    },
  };
}
