import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { z } from "zod";
import type { ReadValue } from "./load-settings.ts";

/** Reads with a schema; text that stands for a number stays text. */
export function readWith<Value>(schema: z.ZodType<Value>): (raw: unknown) => ReadValue<Value> {
  return (raw) => {
    const parsed = schema.safeParse(raw);
    return parsed.success ? { value: parsed.data } : null;
  };
}

/** Reads a whole number, written as a number or as decimal digits. */
export function readWholeNumber(min: number, max: number): (raw: unknown) => ReadValue<number> {
  return (raw) => {
    const value = typeof raw === "string" && /^\d{1,9}$/.test(raw) ? Number(raw) : raw;
    return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? { value } : null;
  };
}

/** Reads `on` and `off`; YAML's true and false mean the same. */
export function readSwitch(raw: unknown): ReadValue<boolean> {
  if (raw === "on" || raw === true) {
    return { value: true };
  }
  return raw === "off" || raw === false ? { value: false } : null;
}

/** Reads a list: a YAML list, or text with commas. Empty entries are left out. */
export function readList<Value>(entry: z.ZodType<Value>, maxEntries: number): (raw: unknown) => ReadValue<readonly Value[]> {
  return (raw) => {
    const texts = typeof raw === "string" ? raw.split(",").map((text) => text.trim()) : raw;
    if (!Array.isArray(texts)) {
      return null;
    }
    const parsed = texts.filter((text) => text !== "").map((text) => entry.safeParse(text));
    const values = parsed.flatMap((result) => (result.success ? [result.data] : []));
    return values.length === parsed.length && values.length <= maxEntries ? { value: values } : null;
  };
}

/** Reads a path and makes it absolute. `must` asks that it is a file there now, or one that may be run. */
export function readPath(must: "anything" | "be-a-file" | "be-a-program"): (raw: unknown, folder: string) => ReadValue<string> {
  return (raw, folder) => {
    if (typeof raw !== "string" || raw === "" || raw.includes("\0")) {
      return null;
    }
    const path = resolve(folder, raw);
    return must === "anything" || isUsableFile(path, must === "be-a-program") ? { value: path } : null;
  };
}

function isUsableFile(path: string, run: boolean): boolean {
  try {
    accessSync(path, run ? constants.X_OK : constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
