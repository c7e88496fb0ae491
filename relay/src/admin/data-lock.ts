import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";

/** Time between two looks at a lock that somebody else holds, in ms. */
const retryEveryMs = 50;

/** The sole right to a data folder, for as long as this process lives or until `release()`. */
export type DataLock = { release(): void };

/**
 * Takes the data folder for this process, making it (0700) when missing: a gateway and a command that opens the state itself exclude each other.
 * The lock is SQLite's own on `lock.sqlite`: the kernel gives it back however the process dies, so there is nothing stale to clean up.
 * @returns null when somebody else has it
 * @throws AppError HC_GATEWAY_STATE when the folder cannot be used
 */
export function tryDataLock(dataDir: string): DataLock | null {
  const file = join(dataDir, "lock.sqlite");
  let database: DatabaseSync | null = null;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600);
    // Nothing is ever written in it, so it needs no journal beside it.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
    const held = database;
    return { release: () => held.close() };
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) {
      return null;
    }
    throw new AppError("HC_GATEWAY_STATE", { detail: `File: ${file}.`, cause });
  }
}

/**
 * Takes the data folder, and waits for a command that is just at work in it.
 * @param limitMs longest wait
 * @throws AppError HC_GATEWAY_DATA_BUSY after that, HC_GATEWAY_STATE
 */
export async function takeDataLock(dataDir: string, limitMs: number, clock: Clock): Promise<DataLock> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    const lock = tryDataLock(dataDir);
    if (lock !== null) {
      return lock;
    }
    if (clock.monotonicMs() >= endMs) {
      throw new AppError("HC_GATEWAY_DATA_BUSY", { detail: `Folder: ${dataDir}.` });
    }
    await new Promise<void>((resolve) => {
      clock.after(retryEveryMs, resolve);
    });
  }
}

/** SQLite's result code 5, SQLITE_BUSY, as node:sqlite puts it on its errors. */
function isBusy(cause: unknown): boolean {
  return (cause as { readonly errcode?: unknown }).errcode === 5;
}
