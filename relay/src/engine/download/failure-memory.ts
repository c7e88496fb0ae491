import { readFile, rm, writeFile } from "node:fs/promises";
import { z } from "zod";

/** How long a failed download is not tried again, in ms: a second start without network is then as quick as with the binary there. */
export const failureMemoryMs = 10 * 60_000;

const recordSchema = z.strictObject({ source: z.string(), atMs: z.number(), reason: z.string().max(1000) });

/** Reads why the last download from `source` failed; null when it worked, was too long ago, or lies in the future because the clock moved. */
export async function recallFailure(file: string, source: string, nowMs: number): Promise<string | null> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(file, "utf8")));
    const ageMs = nowMs - record.atMs;
    return record.source === source && ageMs >= 0 && ageMs < failureMemoryMs ? record.reason : null;
  } catch {
    return null;
  }
}

/** Notes a failed download. A folder that can't be written only costs the memory. */
export async function noteFailure(file: string, source: string, nowMs: number, reason: string): Promise<void> {
  try {
    await writeFile(file, JSON.stringify({ source, atMs: nowMs, reason: reason.slice(0, 1000) }), { mode: 0o600 });
  } catch {
    // The next start tries again, which is all that is lost.
  }
}

/** Forgets a noted failure. */
export async function forgetFailure(file: string): Promise<void> {
  await rm(file, { force: true });
}
