import { randomUUID } from "node:crypto";
import { link, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "@helmcast/config";

/** The longest secret that a relay gives is 256 characters, and its line's end. */
const maxSecretBytes = 257;

/** A place on the disk that is ready for a secret. */
export type ReservedFile = {
  /** Puts the secret there, whole or not at all, on the disk when this resolves. @throws AppError HC_EDGE_SECRET_EXISTS, HC_EDGE_FILE_NOT_WRITTEN */
  commit(secret: string): Promise<void>;
  /** Leaves nothing behind. Safe after `commit`. */
  discard(): Promise<void>;
};

/** @throws AppError HC_EDGE_SECRET_EXISTS when there is something of this name that may not be replaced */
export async function refuseExisting(path: string, replace: boolean): Promise<void> {
  const info = await lstat(path).catch(() => null);
  if (info !== null && (!replace || !info.isFile())) {
    throw new AppError("HC_EDGE_SECRET_EXISTS", { detail: `The file is ${path}.` });
  }
}

/**
 * Makes sure that a secret can be written, before the code that gives it is used up: makes the folder (0700) where there is none, and a file (0600)
 * beside the final one that takes as much of the disk as a secret may.
 * @param replace whether an earlier secret may go
 * @throws AppError HC_EDGE_SECRET_EXISTS, HC_EDGE_FILE_NOT_WRITTEN
 */
export async function reserveSecretFile(path: string, replace: boolean): Promise<ReservedFile> {
  await refuseExisting(path, replace);
  const fresh = join(dirname(path), `.${basename(path)}.${randomUUID()}.new`);
  const file = await attempt(path, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(fresh, "wx", 0o600);
  });
  const discard = async () => {
    await file.close();
    await rm(fresh, { force: true });
  };
  try {
    await attempt(path, async () => {
      // A umask may have taken rights away from the owner; others never had any. A disk that keeps no rights at all refuses this.
      await file.chmod(0o600);
      await file.write(Buffer.alloc(maxSecretBytes, " "), 0, maxSecretBytes, 0);
      await file.sync();
    });
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    async commit(secret) {
      const line = Buffer.from(`${secret}\n`);
      const work = async () => {
        await file.write(line, 0, line.length, 0);
        await file.truncate(line.length);
        await file.sync();
        // A link refuses what is there already, a rename replaces it; both happen at once or not at all (POSIX, link() and rename()).
        await (replace ? rename(fresh, path) : link(fresh, path).catch(refuseTaken(path)));
      };
      await attempt(path, work, "The code is used up now; make another one.");
      await discard();
      await syncFolder(dirname(path));
    },
    discard,
  };
}

/** @param advice what a person has to know besides, when it fails */
async function attempt<Result>(path: string, work: () => Promise<Result>, advice?: string): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError) {
      throw cause;
    }
    const code = codeOf(cause);
    const place = `The file is ${path}${code === "" ? "" : ` (${code})`}.`;
    throw new AppError("HC_EDGE_FILE_NOT_WRITTEN", { detail: advice === undefined ? place : `${place} ${advice}`, cause });
  }
}

function refuseTaken(path: string): (cause: unknown) => never {
  return (cause) => {
    throw codeOf(cause) === "EEXIST" ? new AppError("HC_EDGE_SECRET_EXISTS", { detail: `The file is ${path}.`, cause }) : cause;
  };
}

/** The system's name of an error, such as ENOSPC; empty when it has none. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Names are on the disk once their folder is. A folder that cannot be opened for that is no reason to lose the secret. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
