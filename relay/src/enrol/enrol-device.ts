import { randomUUID } from "node:crypto";
import type { Actor } from "../admin/actor.ts";
import { createRecord } from "../admin/record.ts";
import type { Revoker } from "../admin/revoker.ts";
import { hashSecret } from "../auth/secrets.ts";
import { deviceTokenLifetimeMs } from "../auth/tokens.ts";
import type { State } from "../state/state.ts";

/**
 * Enrols a device under a secret that the caller made. When it was enrolled before, its earlier secret and tokens stop counting, and what runs
 * under them ends. @throws AppError HC_GATEWAY_LIMIT
 */
export type EnrolDevice = (device: string, secret: string, by: Actor) => void;

/** What enrolling changes. */
export type EnrolDeviceParts = Pick<State, "devices" | "revocations" | "audit"> & {
  readonly revoker: Pick<Revoker, "deviceRemoved">;
  /** The wall clock, ms since 1970. */
  readonly wallMs: () => number;
};

/** The one way in which devices come to be enrolled. */
export function createEnrolDevice(parts: EnrolDeviceParts): EnrolDevice {
  const { devices, revocations, revoker, wallMs } = parts;
  const record = createRecord(parts.audit, wallMs);
  return (device, secret, by) => {
    const earlier = devices.get(device);
    devices.put(device, { secretHash: hashSecret(secret), generation: randomUUID() }, wallMs());
    if (earlier !== null) {
      revocations.add(earlier.generation, wallMs() + deviceTokenLifetimeMs);
    }
    record("device-enrolled", by, device, device);
    if (earlier !== null) {
      revoker.deviceRemoved(device, earlier.generation);
    }
  };
}
