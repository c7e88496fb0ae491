import { AppError } from "@helmcast/config";
import { refusePathName } from "../stream/path-name.ts";
import type { PathEntry, PathOptions } from "./embedded-settings.ts";
import { parsePathPatch } from "./path-options.ts";

/** Most path entries; the gateway makes one per camera at most. */
const maxPathEntries = 10_000;

type StoredPath = { entry: PathEntry; readonly regex: RegExp | null; readonly isCatchAll: boolean };

/** Result of a change through the control API. */
export type PathChange = { readonly ok: true } | { readonly ok: false; readonly status: 400 | 404; readonly error: string };

/** The path entries of the settings, and what the control API makes of them in memory (MediaMTX contract, sections 1.4 and 1.6). */
export class PathStore {
  readonly #defaults: PathOptions;
  readonly #paths = new Map<string, StoredPath>();
  readonly #listeners = new Set<() => void>();
  #patterns: StoredPath[] = [];

  /** @param settings the entries of the file. Throws AppError HC_EMBEDDED_SETTINGS for names that can't be used. */
  constructor(settings: { readonly pathDefaults: PathOptions; readonly paths: readonly PathEntry[] }) {
    this.#defaults = settings.pathDefaults;
    for (const entry of settings.paths) {
      const stored = compile(entry);
      if (typeof stored === "string") {
        throw new AppError("HC_EMBEDDED_SETTINGS", { detail: `paths: '${entry.name}' ${stored}.` });
      }
      this.#paths.set(entry.name, stored);
    }
    this.#sort();
  }

  /** The entry that serves path `name`: an exact name, else the first regex by name, else `all_others`. */
  match(name: string): PathEntry | null {
    if (refusePathName(name) !== null) {
      return null;
    }
    const exact = this.#paths.get(name);
    if (exact !== undefined && exact.regex === null && !exact.isCatchAll) {
      return exact.entry;
    }
    return this.#patterns.find((path) => path.isCatchAll || path.regex?.test(name) === true)?.entry ?? null;
  }

  /** Every entry, by name. */
  list(): readonly PathEntry[] {
    return [...this.#paths.values()].map((path) => path.entry).sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Names of the entries that are one path each. */
  exactNames(): readonly string[] {
    return [...this.#paths.values()].filter((path) => path.regex === null && !path.isCatchAll).map((path) => path.entry.name);
  }

  /** The entry of this very name. */
  get(name: string): PathEntry | null {
    return this.#paths.get(name)?.entry ?? null;
  }

  /** Makes an entry; one that exists is refused. */
  add(name: string, body: unknown): PathChange {
    return this.#paths.has(name) ? refuse(400, "path already exists") : this.#put(name, body, this.#defaults);
  }

  /** Changes some options of an entry. */
  patch(name: string, body: unknown): PathChange {
    const existing = this.#paths.get(name);
    return existing === undefined ? refuse(404, "path not found") : this.#put(name, body, existing.entry.options);
  }

  /** Sets an entry anew, made where it does not exist. */
  replace(name: string, body: unknown): PathChange {
    return this.#put(name, body, this.#defaults);
  }

  /** Takes an entry away. */
  delete(name: string): PathChange {
    if (!this.#paths.delete(name)) {
      return refuse(404, "path not found");
    }
    this.#changed();
    return { ok: true };
  }

  /** Calls `listener` after every change; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #put(name: string, body: unknown, base: PathOptions): PathChange {
    const patch = parsePathPatch(body);
    if (!patch.ok) {
      return refuse(400, patch.error);
    }
    const stored = compile({ name, options: Object.freeze({ ...base, ...patch.options }) });
    if (typeof stored === "string") {
      return refuse(400, `invalid path name: ${stored} (${name})`);
    }
    if (!this.#paths.has(name) && this.#paths.size >= maxPathEntries) {
      return refuse(400, `there are already ${maxPathEntries} path entries`);
    }
    this.#paths.set(name, stored);
    this.#changed();
    return { ok: true };
  }

  #changed(): void {
    this.#sort();
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #sort(): void {
    const patterns = [...this.#paths.values()].filter((path) => path.regex !== null || path.isCatchAll);
    this.#patterns = patterns.sort((left, right) => {
      const byKind = Number(left.isCatchAll) - Number(right.isCatchAll);
      return byKind !== 0 ? byKind : left.entry.name < right.entry.name ? -1 : 1;
    });
  }
}

function refuse(status: 400 | 404, error: string): PathChange {
  return { ok: false, status, error };
}

function compile(entry: PathEntry): StoredPath | string {
  if (entry.name === "all" || entry.name === "all_others") {
    return { entry, regex: null, isCatchAll: true };
  }
  if (!entry.name.startsWith("~")) {
    return refusePathName(entry.name) ?? { entry, regex: null, isCatchAll: false };
  }
  try {
    return { entry, regex: new RegExp(entry.name.slice(1)), isCatchAll: false };
  } catch {
    return "is not a regular expression";
  }
}
