import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";

/**
 * Times that a copy is begun. SQLite refuses its first step while a write is under way (SQLite, "Online Backup API", sqlite3_backup_step), and
 * Node gives up then. A relay that writes without a pause is in a write nine times of ten: 200 tries in a row all meet one once in a billion.
 */
const maxTries = 200;

/**
 * Copies the state into a new file of mode 0600, while everything goes on (SQLite, "Online Backup API"). It grows under another name and gets its own
 * when it is whole, so a file of the name asked for is always a whole one.
 *
 * Sign-ins and unused enrolment codes are left out. Put back later, they would undo every sign-out and every use since, and browsers whose cookie
 * changed since would look like thieves.
 * @throws AppError HC_GATEWAY_BACKUP when the file exists already or cannot be written
 */
export async function backupState(database: DatabaseSync, file: string): Promise<void> {
  if (existsSync(file)) {
    throw new AppError("HC_GATEWAY_BACKUP", { detail: `There is a file of this name already: ${file}.` });
  }
  const part = `${file}.${randomBytes(4).toString("hex")}.part`;
  try {
    // Made before SQLite opens it, so that it never has any other mode.
    closeSync(openSync(part, "wx", 0o600));
    await copyInto(database, part);
    leaveOutPassing(part);
    renameSync(part, file);
  } catch (cause) {
    for (const end of ["", "-wal", "-shm", "-journal"]) {
      rmSync(`${part}${end}`, { force: true });
    }
    throw new AppError("HC_GATEWAY_BACKUP", { detail: `File: ${file} (${findReason(cause)}).`, cause });
  }
}

/** Said to whoever asked, who may be another user than the one that could not write: the file system's code, else SQLite's words. */
function findReason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === undefined || code === "ERR_SQLITE_ERROR" ? message : code;
}

async function copyInto(database: DatabaseSync, part: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await backup(database, part);
      return;
    } catch (error) {
      if (tries >= maxTries || !metWrite(error)) {
        throw error;
      }
    }
  }
}

/** SQLite's result code 5, SQLITE_BUSY. Where it ends the very first step, Node reports 0 instead, as "not an error". */
function metWrite(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown }).errcode;
  return code === 0 || code === 5;
}

/** Takes out of a copy what is not to come back with it, and leaves one file that needs no other beside it. */
function leaveOutPassing(part: string): void {
  const copy = new DatabaseSync(part);
  try {
    // secure_delete: what is taken out must not stand on in the file's free pages.
    copy.exec("PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON; DELETE FROM sign_ins; DELETE FROM enrolments;");
  } finally {
    copy.close();
  }
}
