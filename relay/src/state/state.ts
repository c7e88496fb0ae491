import { type Accounts, createAccounts } from "./accounts.ts";
import { createKnownCameras, type KnownCameras } from "./cameras.ts";
import { createDevices, type Devices } from "./devices.ts";
import { openState } from "./open-state.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { loadSigningKeys, type SigningKey } from "./signing-keys.ts";

/** Everything that outlives a restart. */
export type State = {
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly cameras: KnownCameras;
  readonly sessions: Sessions;
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  close(): void;
};

/**
 * Opens the state with all its tables.
 * @param file path of the SQLite file, or `:memory:`
 * @throws AppError HC_GATEWAY_STATE
 */
export function loadState(file: string, nowMs: number): State {
  const database = openState(file);
  return {
    accounts: createAccounts(database),
    devices: createDevices(database),
    cameras: createKnownCameras(database),
    sessions: createSessions(database, nowMs),
    signingKeys: loadSigningKeys(database, nowMs),
    close: () => database.close(),
  };
}
