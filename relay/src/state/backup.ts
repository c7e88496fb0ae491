import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { backup, type DatabaseSync } from "node:sqlite";
import { AppError } from "@helmcast/config";

/**
 * Copies the state into a new file of mode 0600, while everything goes on (SQLite, "Online Backup API"). It grows under another name and gets its own
 * when it is whole, so a file of the name asked for is always a whole one.
 * @throws AppError HC_GATEWAY_STATE when the file exists already or cannot be written
 */
export async function backupState(database: DatabaseSync, file: string): Promise<void> {
  if (existsSync(file)) {
    throw new AppError("HC_GATEWAY_STATE", { detail: `The backup file exists already: ${file}.` });
  }
  const part = `${file}.${randomBytes(4).toString("hex")}.part`;
  try {
    // Made before SQLite opens it, so that it never has any other mode.
    closeSync(openSync(part, "wx", 0o600));
    await backup(database, part);
    renameSync(part, file);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new AppError("HC_GATEWAY_STATE", { detail: `The backup could not be written: ${file}.`, cause });
  }
}
