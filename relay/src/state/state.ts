import { type Accounts, createAccounts } from "./accounts.ts";
import { type Audit, createAudit } from "./audit.ts";
import { backupState } from "./backup.ts";
import { createKnownCameras, type KnownCameras } from "./cameras.ts";
import { createDevices, type Devices } from "./devices.ts";
import { createEnrolments, type Enrolments } from "./enrolments.ts";
import { createLeaseNumbers, type LeaseNumbers } from "./lease-numbers.ts";
import { createMarks, type Marks } from "./marks.ts";
import { openState } from "./open-state.ts";
import { createRevocations, type Revocations } from "./revocations.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createShares, type Shares } from "./shares.ts";
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts";

/** Everything that outlives a restart. */
export type State = {
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly cameras: KnownCameras;
  readonly sessions: Sessions;
  readonly enrolments: Enrolments;
  readonly shares: Shares;
  readonly revocations: Revocations;
  readonly audit: Audit;
  readonly signingKeys: SigningKeys;
  readonly marks: Marks;
  readonly leaseNumbers: LeaseNumbers;
  /** Copies everything into a new file while work goes on. @throws AppError HC_GATEWAY_BACKUP when it exists already or cannot be written */
  backup(file: string): Promise<void>;
  close(): void;
};

/**
 * Opens the state with all its tables.
 * @param file path of the SQLite file, or `:memory:`
 * @throws AppError HC_GATEWAY_STATE
 */
export function loadState(file: string, nowMs: number): State {
  const database = openState(file);
  const revocations = createRevocations(database, nowMs);
  return {
    accounts: createAccounts(database),
    devices: createDevices(database),
    cameras: createKnownCameras(database),
    sessions: createSessions(database, revocations, nowMs),
    enrolments: createEnrolments(database),
    shares: createShares(database),
    revocations,
    audit: createAudit(database),
    signingKeys: createSigningKeys(database, nowMs),
    marks: createMarks(database),
    leaseNumbers: createLeaseNumbers(database),
    backup: (target) => backupState(database, target),
    close: () => database.close(),
  };
}
