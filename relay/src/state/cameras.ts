import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./open-state.ts";

/** A camera as its device announced it. */
export type KnownCamera = { readonly device: string; readonly camera: string; readonly name: string; readonly stamped: boolean };

/** Cameras that devices announced, read from memory and kept in the state, so that the list is whole before a device is back. */
export type KnownCameras = {
  all(): readonly KnownCamera[];
  /** Replaces what is known of one device. Writes only when something changed: a status message comes often, news seldom. */
  announce(device: string, cameras: readonly KnownCamera[]): void;
};

/** Announced cameras over the state. */
export function createKnownCameras(database: DatabaseSync): KnownCameras {
  const erase = database.prepare("DELETE FROM cameras WHERE device = ?");
  const write = database.prepare("INSERT OR REPLACE INTO cameras (device, camera, name, stamped, position) VALUES (?, ?, ?, ?, ?)");
  const known = new Map<string, readonly KnownCamera[]>();
  for (const row of database.prepare("SELECT device, camera, name, stamped FROM cameras ORDER BY device, position").all()) {
    const device = String(row["device"]);
    const camera = { device, camera: String(row["camera"]), name: String(row["name"]), stamped: row["stamped"] === 1 };
    known.set(device, [...(known.get(device) ?? []), camera]);
  }
  return {
    all: () => [...known.values()].flat(),
    announce(device, cameras) {
      if (JSON.stringify(known.get(device) ?? []) === JSON.stringify(cameras)) {
        return;
      }
      inTransaction(database, () => {
        erase.run(device);
        cameras.forEach((camera, position) => {
          write.run(device, camera.camera, camera.name, camera.stamped ? 1 : 0, position);
        });
      });
      known.set(device, cameras);
    },
  };
}
