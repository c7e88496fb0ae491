import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";
import { migrations } from "./migrations.ts";

/** How long a writer waits for another process (a backup, the command line) before it gives up, in ms. */
const busyTimeoutMs = 3000;

/**
 * Opens the state file, making it and its folder (0600 in 0700) when missing, and brings it to the newest version.
 * WAL with `synchronous = FULL`: a commit that returned is on the disk also after kill -9 or a power cut (SQLite, "Write-Ahead Logging", section 3).
 * @param file path, or `:memory:` in tests
 * @throws AppError HC_GATEWAY_STATE when the file cannot be opened or was written by a newer version
 */
export function openState(file: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    if (file !== ":memory:") {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    }
    database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    if (file !== ":memory:") {
      chmodSync(file, 0o600);
    }
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    migrate(database);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof AppError) {
      throw cause;
    }
    throw new AppError("HC_GATEWAY_STATE", { detail: `File: ${file}.`, cause });
  }
}

/** Runs `work` in one transaction: all of it is kept, or nothing. Inside another transaction it becomes a part of that one. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  if (database.isTransaction) {
    return work();
  }
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // On a full disk SQLite has rolled back by itself already, and a second time would put another error in place of the true one (SQLite, "Transactions", section 3).
    if (database.isTransaction) {
      database.exec("ROLLBACK");
    }
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  // The version is read inside the lock, so that two processes that open a new file at once do not both migrate it.
  inTransaction(database, () => {
    const row = database.prepare("PRAGMA user_version").get();
    const version = Number(row?.["user_version"] ?? 0);
    if (version > migrations.length) {
      throw new AppError("HC_GATEWAY_STATE", { detail: `It has version ${version}, this program knows ${migrations.length}.` });
    }
    for (const step of migrations.slice(version)) {
      database.exec(step);
    }
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
