import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { parseJson } from "@helmcast/runtime";
import { z } from "zod";
import type { CarLogEntry } from "./simulated.ts";

/** Largest log of the simulated car, bytes: about an hour of steady stick movement. Then it begins anew and one earlier file is kept. */
export const maxCarLogBytes = 10_000_000;

/** A line is under 300 bytes. */
const tailBytes = 1024;

const entrySchema = z.object({
  atMs: z.number(),
  throttle: z.number(),
  steer: z.number(),
  pan: z.number(),
  tilt: z.number(),
  pose: z.object({ x: z.number(), y: z.number(), heading: z.number(), speed: z.number() }),
});

/** A log that is being written. */
export type CarLog = { write(entry: CarLogEntry): void; close(): void };

/**
 * Opens the log for adding to it. Each entry is written at once and synchronously: the last line before a kill is the one that matters.
 * @param path the file; null: entries go nowhere
 */
export function openCarLog(path: string | null): CarLog {
  if (path === null) {
    return { write: () => undefined, close: () => undefined };
  }
  const open = (): number => openSync(path, "a", 0o600);
  let file = open();
  return {
    write(entry) {
      if (fstatSync(file).size >= maxCarLogBytes) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = open();
      }
      writeSync(file, `${JSON.stringify(entry)}\n`);
    },
    close: () => closeSync(file),
  };
}

/** The log's last whole entry; null when there is none, also when there is no file. Reads the file's end only. */
export function readLastEntry(path: string): CarLogEntry | null {
  if (!existsSync(path)) {
    return null;
  }
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    const got = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString("utf8", 0, got).split("\n");
    // What stands after the last line end is still being written.
    for (const line of lines.slice(0, -1).reverse()) {
      const entry = entrySchema.safeParse(parseJson(line));
      if (entry.success) {
        return entry.data;
      }
    }
    return null;
  } finally {
    closeSync(file);
  }
}
