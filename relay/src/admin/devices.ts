import { AppError, type DeviceInfo } from "@helmcast/config";
import { deviceTokenLifetimeMs } from "../auth/tokens.ts";
import { nameShare } from "../state/shares.ts";
import type { State } from "../state/state.ts";
import type { Actor } from "./actor.ts";
import type { RecordEntry } from "./record.ts";
import type { Revoker } from "./revoker.ts";

/** Everything that is done with enrolled devices, beside enrolling them. */
export type DeviceDesk = {
  /** By id. */
  list(): readonly DeviceInfo[];
  /**
   * Takes a device out with all that hung on it: an unused code, grants, share links and cameras. Left behind, they would count for the next device of this name.
   * @throws AppError HC_GATEWAY_DEVICE_UNKNOWN
   */
  remove(id: string, by: Actor): void;
};

/** What {@link DeviceDesk} is made of. */
export type DeviceDeskParts = Pick<State, "devices" | "enrolments" | "accounts" | "shares" | "sessions" | "cameras" | "revocations"> & {
  /** True while the device is connected to the broker. */
  readonly isOnline: (device: string) => boolean;
  readonly revoker: Revoker;
  readonly record: RecordEntry;
  readonly wallMs: () => number;
};

/** The operations on enrolled devices. */
export function createDeviceDesk(parts: DeviceDeskParts): DeviceDesk {
  const { devices, cameras, revoker, record, wallMs } = parts;
  return {
    list() {
      const known = cameras.all();
      return devices
        .ids()
        .sort()
        .flatMap((id) => {
          const device = devices.get(id);
          const count = known.filter((camera) => camera.device === id).length;
          const enrolledAt = new Date(device?.createdMs ?? 0).toISOString();
          return device === null ? [] : [{ id, enrolledAt, online: parts.isOnline(id), cameras: count }];
        });
    },
    remove(id, by) {
      const device = devices.get(id);
      if (device === null) {
        throw new AppError("HC_GATEWAY_DEVICE_UNKNOWN", { detail: `Name: ${id}.` });
      }
      const shares = removeShares(parts, id, by);
      const holders = removeGrants(parts, id, by);
      cameras.announce(id, []);
      devices.remove(id);
      parts.enrolments.drop(id);
      parts.revocations.add(device.generation, wallMs() + deviceTokenLifetimeMs);
      record("device-removed", by, id, id);
      revoker.deviceRemoved(id, device.generation);
      shares.forEach((share) => void revoker.shareRemoved(share));
      holders.forEach((name) => void revoker.accountChanged(name));
    },
  };
}

/** Gives the ids of the links that went. */
function removeShares({ shares, sessions, record }: DeviceDeskParts, device: string, by: Actor): readonly string[] {
  const removed = shares.list().filter((share) => share.device === device);
  for (const share of removed) {
    // Before the link itself, with which they would vanish from the file without their tokens being refused by name.
    sessions.endShare(share.id);
    shares.remove(share.id);
    record("share-revoked", by, nameShare(share), device);
  }
  return removed.map(({ id }) => id);
}

/** Gives the names of the accounts that had one. */
function removeGrants({ accounts, record }: DeviceDeskParts, device: string, by: Actor): readonly string[] {
  const names = accounts
    .list()
    .filter((account) => account.grants.some((grant) => grant.device === device))
    .map((account) => account.name);
  for (const name of names) {
    accounts.revoke(name, device);
    record("grant-removed", by, name, device);
  }
  return names;
}
