import type { DatabaseSync } from "node:sqlite";

/** An enrolled device: the hash of its secret, and the generation that its tokens carry. */
export type EnrolledDevice = { readonly secretHash: string; readonly generation: string };

/** Enrolled devices, read from memory and kept in the state. */
export type Devices = {
  get(id: string): EnrolledDevice | null;
  ids(): string[];
  /** Enrols a device, or enrols it again under another secret, which ends the tokens of the old one. */
  put(id: string, device: EnrolledDevice, nowMs: number): void;
  /** Takes a device out. True when it was enrolled. */
  remove(id: string): boolean;
};

/** Enrolled devices over the state. */
export function createDevices(database: DatabaseSync): Devices {
  const write = database.prepare(
    "INSERT INTO devices (id, secret_hash, generation, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, generation = excluded.generation",
  );
  const erase = database.prepare("DELETE FROM devices WHERE id = ?");
  const known = new Map<string, EnrolledDevice>();
  for (const row of database.prepare("SELECT id, secret_hash, generation FROM devices").all()) {
    known.set(String(row["id"]), { secretHash: String(row["secret_hash"]), generation: String(row["generation"]) });
  }
  return {
    get: (id) => known.get(id) ?? null,
    ids: () => [...known.keys()],
    put(id, device, nowMs) {
      write.run(id, device.secretHash, device.generation, nowMs);
      known.set(id, device);
    },
    remove(id) {
      erase.run(id);
      return known.delete(id);
    },
  };
}
