import { readFileSync, statSync } from "node:fs";
import { parse as parseYaml, YAMLParseError } from "yaml";

/** The keys of a settings file, or one sentence that says what is wrong with it. */
export type FileContent =
  | { readonly ok: true; readonly values: ReadonlyMap<string, unknown> }
  | { readonly ok: false; readonly fault: string };

/** Largest settings file that is read, bytes; real ones have under 10 kB. */
const maxFileBytes = 256 * 1024;

/** Aliases that a file may use, so that a few lines can't unfold into gigabytes. */
const maxAliases = 20;

/** Reads a YAML file of keys and values. An empty file has no keys. */
export function readSettingsFile(path: string): FileContent {
  try {
    if (!statSync(path).isFile()) {
      return { ok: false, fault: `${path} is not a file.` };
    }
    if (statSync(path).size > maxFileBytes) {
      return { ok: false, fault: `${path} is larger than ${maxFileBytes} bytes.` };
    }
    const content: unknown = parseYaml(readFileSync(path, "utf8"), { maxAliasCount: maxAliases }) ?? {};
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
      return { ok: false, fault: `${path} must hold keys and values, for example "port: 8080".` };
    }
    return { ok: true, values: new Map(Object.entries(content)) };
  } catch (error) {
    return { ok: false, fault: `${path} ${describe(error)}` };
  }
}

/** The first line of a YAML error names place and trouble; the rest quotes the file, which may hold a password. */
function describe(error: unknown): string {
  if (error instanceof YAMLParseError) {
    return `can't be understood: ${error.message.split("\n")[0]?.replace(/:$/, "") ?? "not YAML"}.`;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reasons = new Map([
    ["ENOENT", "does not exist."],
    ["EACCES", "can't be read: this user has no right to."],
  ]);
  return reasons.get(code) ?? `can't be read: ${code === "" ? String(error) : code}.`;
}
