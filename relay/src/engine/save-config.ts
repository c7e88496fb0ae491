import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file of mode 0600 so that it appears whole or not at all; its folder is made with mode 0700 where it is missing. */
export async function saveConfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The largest read buffer in bytes that this system gives to a socket: `wanted`, less where Linux allows less, 0 where that is unknown. */
export async function allowedUdpReadBufferBytes(wanted: number, limitFile = "/proc/sys/net/core/rmem_max"): Promise<number> {
  const limit = Number.parseInt(await readFile(limitFile, "utf8").catch(() => ""), 10);
  return Number.isSafeInteger(limit) && limit > 0 ? Math.min(wanted, limit) : 0;
}
