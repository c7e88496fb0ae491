import { accessSync, constants, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ReadValue } from "./load-settings.ts";

/** Any right for the group or for others. */
const othersMask = 0o077;

/** Largest file that holds one secret, bytes. */
const maxSecretFileBytes = 64 * 1024;

/** Reads the path of a file that holds a secret and makes it absolute. A file that others on this host can read holds no secret. */
export function readSecretPath(raw: unknown, folder: string): ReadValue<string> {
  if (typeof raw !== "string" || raw === "" || raw.includes("\0")) {
    return null;
  }
  const path = resolve(folder, raw);
  const fault = findSecretFileFault(path);
  return fault === null ? { value: path } : { fault };
}

/** Undefined when there is nothing of this name; null when its folder is closed to this user, its links go in a circle, or its name is none. */
function lookAt(path: string): Stats | null | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return null;
  }
}

/** What is wrong with a file that should hold a secret, as it goes on in a fault; null when nothing is. */
export function findSecretFileFault(path: string): string | null {
  const stats = lookAt(path);
  if (stats === undefined) {
    return `${path} does not exist`;
  }
  if (stats === null) {
    return `${path} can't be reached`;
  }
  if (!stats.isFile() || stats.size > maxSecretFileBytes) {
    return `${path} is not a file of at most ${maxSecretFileBytes} bytes`;
  }
  if ((stats.mode & othersMask) !== 0) {
    return `others on this host can read ${path}`;
  }
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch {
    return `this user has no right to read ${path}`;
  }
}
