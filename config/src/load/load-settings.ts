import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseFlags } from "./parse-flags.ts";
import { type FileContent, readSettingsFile } from "./read-settings-file.ts";
import { suggest } from "./suggest.ts";

/**
 * The generic core of settings that can stand in a file, in the environment and in flags: flag over environment over file over default, all
 * faults at once. A loader is a table of {@link SettingKey} and a few lines that build the typed settings from {@link LoadedValues};
 * `relay.ts` shows how. {@link parseFlags}, {@link readSettingsFile}, `suggest` and `deepFreeze` can be used by themselves where the settings
 * are a nested file and little else, as the edge agent's are.
 */

/** What a loader looks at: the arguments after the script's name, the environment, and the folder that relative paths start from. */
export type LoadInput = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
};

/** What reading one value gives: the value, or null for a value that is not allowed, or words of its own for what is wrong with it. */
export type ReadValue<Value> = { readonly value: Value } | { readonly fault: string } | null;

/** One setting: where it can stand, how it is read, and how it is explained. */
export type SettingKey<Value = unknown> = {
  /** Key in the settings file. */
  readonly file: string;
  /** With its dashes; null where a value must not stand in the process list. */
  readonly flag: string | null;
  readonly env: string;
  /** Reads what was found; text from flags and the environment, any YAML value from the file. `folder` is where relative paths start. */
  readonly read: (raw: unknown, folder: string) => ReadValue<Value>;
  /** Value when it is not set; `folder` is the working folder. */
  readonly fallback: (folder: string) => Value;
  /** What is allowed, as it goes on after "use": `a whole number from 1 to 65535`. */
  readonly allowed: string;
  /** Never repeated in a fault. */
  readonly secret?: boolean;
  /** For the help: the default in words, what it does in one sentence, an example value. */
  readonly help: { readonly fallback: string; readonly sentence: string; readonly example: string };
};

/** The values by file key and where each came from, as a person would name it. */
export type LoadedValues = {
  readonly values: ReadonlyMap<string, unknown>;
  /** `default`, `--port`, `HELMCAST_PORT` or `port in /path/helmcast.yaml`. */
  readonly origins: ReadonlyMap<string, string>;
  readonly faults: readonly string[];
};

/** The settings file: looked up under `defaultName` in the working folder when neither the flag nor the environment names one. */
export type FileRule = { readonly flag: string; readonly env: string; readonly defaultName: string };

type Found = { readonly raw: unknown; readonly origin: string; readonly folder: string };

/** Collects and reads every setting of `keys`. Never throws for what a person wrote. */
export function loadValues(keys: readonly SettingKey[], fileRule: FileRule, input: LoadInput): LoadedValues {
  const flagNames = [fileRule.flag, ...keys.flatMap((key) => key.flag ?? [])];
  const flags = parseFlags(input.argv, flagNames);
  const path = findFile(fileRule, flags.values, input);
  const file: FileContent = path === null ? { ok: true, values: new Map() } : readSettingsFile(path);
  const faults = [...flags.faults, ...describeFileFaults(file, path ?? "", keys)];
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  for (const key of keys) {
    const found = findRaw(key, flags.values, file, path ?? "", input);
    const read = found === null ? { value: key.fallback(input.cwd) } : key.read(found.raw, found.folder);
    if (read === null || "fault" in read) {
      faults.push(describeFault(key, found, read?.fault));
      continue;
    }
    values.set(key.file, read.value);
    origins.set(key.file, found?.origin ?? "default");
  }
  return { values, origins, faults };
}

/** The help for every key: flag, environment, file key, default, one sentence, an example. */
export function describeKeys(keys: readonly SettingKey[]): string {
  return keys
    .map((key) => {
      const head = key.flag === null ? `${key.env} (no flag: flags can be seen in the process list)` : `${key.flag} VALUE, ${key.env}`;
      return [
        `  ${head}`,
        `      ${key.help.sentence}`,
        `      Use ${key.allowed}. Default: ${key.help.fallback}. In the file: "${key.file}: ${key.help.example}".`,
      ].join("\n");
    })
    .join("\n\n");
}

/** A flag over the environment over the file. An empty variable counts as not set, as a line `NAME=` in a unit file means it. */
function findRaw(key: SettingKey, flags: ReadonlyMap<string, string>, file: FileContent, path: string, input: LoadInput): Found | null {
  const flagged = key.flag === null ? undefined : flags.get(key.flag);
  if (key.flag !== null && flagged !== undefined) {
    return { raw: flagged, origin: key.flag, folder: input.cwd };
  }
  const fromEnv = input.env[key.env];
  if (fromEnv !== undefined && fromEnv !== "") {
    return { raw: fromEnv, origin: key.env, folder: input.cwd };
  }
  const raw = file.ok ? file.values.get(key.file) : undefined;
  return raw === undefined || raw === null ? null : { raw, origin: `${key.file} in ${path}`, folder: dirname(path) };
}

function findFile(rule: FileRule, flags: ReadonlyMap<string, string>, input: LoadInput): string | null {
  const named = flags.get(rule.flag) ?? input.env[rule.env];
  if (named !== undefined && named !== "") {
    return resolve(input.cwd, named);
  }
  const usual = resolve(input.cwd, rule.defaultName);
  return existsSync(usual) ? usual : null;
}

function describeFileFaults(file: FileContent, path: string, keys: readonly SettingKey[]): string[] {
  if (!file.ok) {
    return [file.fault];
  }
  const known = keys.map((key) => key.file);
  return [...file.values.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = suggest(name, known);
      return `${name.slice(0, 80)} in ${path} is not a known setting${near === null ? "; --help lists all." : `; did you mean ${near}?`}`;
    });
}

/** @param detail goes on after the value's place, in place of the value itself */
function describeFault(key: SettingKey, found: Found | null, detail: string | undefined): string {
  if (detail !== undefined) {
    return `${found?.origin ?? key.env}: ${detail}; use ${key.allowed}.`;
  }
  const shown = key.secret === true ? "has a value that can't be used (it is not shown)" : `is ${showValue(found?.raw)}`;
  return `${found?.origin ?? key.env} ${shown}; use ${key.allowed}.`;
}

function showValue(raw: unknown): string {
  return (JSON.stringify(raw) ?? String(raw)).slice(0, 120);
}
