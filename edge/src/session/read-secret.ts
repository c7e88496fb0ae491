import { readFile, stat } from "node:fs/promises";
import { AppError } from "@helmcast/config";

/** Largest secret file that is read, bytes: one line of 512 characters and its end. */
const maxFileBytes = 1024;

/**
 * Reads the device's secret: one line of 1 to 512 printable characters in a file that only its owner can read.
 * @throws AppError HC_EDGE_SECRET_MISSING, HC_EDGE_SECRET_OPEN (with the command that closes it) or HC_EDGE_SECRET_INVALID
 */
export async function readSecret(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError("HC_EDGE_SECRET_MISSING", { detail: `The file is ${path}.`, cause });
  });
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8);
    throw new AppError("HC_EDGE_SECRET_OPEN", { detail: `Its mode is ${mode}. Run: chmod 600 ${path}` });
  }
  // Neither a pipe that never ends nor a wrong file of gigabytes is read.
  if (!info.isFile() || info.size > maxFileBytes) {
    throw new AppError("HC_EDGE_SECRET_INVALID", { detail: `The file is ${path}.` });
  }
  const text = (
    await readFile(path, "utf8").catch((cause: unknown) => {
      throw new AppError("HC_EDGE_SECRET_MISSING", { detail: `The file is ${path}.`, cause });
    })
  ).trim();
  if (!/^[\x21-\x7e]{1,512}$/.test(text)) {
    throw new AppError("HC_EDGE_SECRET_INVALID", { detail: `The file is ${path}.` });
  }
  return text;
}

/** A text that changes whenever the secret's file is written or replaced; never rejects. */
export async function markSecretFile(path: string): Promise<string> {
  const info = await stat(path, { bigint: true }).catch(() => null);
  return info === null ? "none" : `${info.ino} ${info.mtimeNs} ${info.ctimeNs} ${info.size}`;
}
