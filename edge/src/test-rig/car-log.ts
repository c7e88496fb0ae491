import { existsSync, readFileSync } from "node:fs";
import type { CarLogEntry } from "../motors/simulated.ts";

/** All entries of a simulated car's log, oldest first; none when there is no file. */
export function readCarLog(path: string): CarLogEntry[] {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  return lines.map((line): CarLogEntry => JSON.parse(line));
}
