import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "@helmcast/config";
import { replaceSigningKey } from "../auth/key-rotation.ts";
import type { Passwords } from "../auth/password.ts";
import type { Audit } from "../state/audit.ts";
import type { State } from "../state/state.ts";
import type { Actor } from "./actor.ts";
import { createDeviceDesk, type DeviceDesk } from "./devices.ts";
import { createPeople, type People } from "./people.ts";
import { createRecord } from "./record.ts";
import type { Revoker } from "./revoker.ts";

/** Everything that the people who run a relay do with it. The public interface, the control socket and the command line use the same one. */
export type Administration = {
  readonly people: People;
  readonly devices: DeviceDesk;
  readonly readAudit: Audit["read"];
  /** Makes a key that signs tokens from now on; those signed before stay good. @throws AppError HC_GATEWAY_LIMIT */
  rotateKeys(by: Actor): { readonly kid: string };
  /** Writes a copy of the state (mode 0600) to a file that does not exist yet, by its absolute path. @throws AppError HC_GATEWAY_BACKUP */
  backup(file: string, by: Actor): Promise<void>;
};

/** What {@link Administration} is made of. */
export type AdministrationParts = {
  readonly state: State;
  readonly passwords: Passwords;
  readonly revoker: Revoker;
  /** True while the device is connected to the broker. */
  readonly isOnline: (device: string) => boolean;
  /** The wall clock, ms since 1970. */
  readonly wallMs: () => number;
};

/** Puts the administration together. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { state, wallMs } = parts;
  const record = createRecord(state.audit, wallMs);
  return {
    people: createPeople({ ...parts, ...state, record }),
    devices: createDeviceDesk({ ...parts, ...state, record }),
    readAudit: (filter) => state.audit.read(filter),
    rotateKeys(by) {
      const { kid } = replaceSigningKey(state.signingKeys, wallMs());
      record("keys-rotated", by, kid);
      return { kid };
    },
    async backup(file, by) {
      refuseBadTarget(file);
      await state.backup(file);
      record("backup-made", by, file);
    },
  };
}

function refuseBadTarget(file: string): void {
  if (existsSync(file)) {
    throw new AppError("HC_GATEWAY_BACKUP", { detail: `There is a file of this name already: ${file}.` });
  }
  if (!existsSync(dirname(file))) {
    throw new AppError("HC_GATEWAY_BACKUP", { detail: `There is no folder ${dirname(file)}.` });
  }
}
