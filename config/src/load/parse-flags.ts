import { suggest } from "./suggest.ts";

/** Flags as they were typed, by name with the dashes, and what was wrong with them. */
export type Flags = { readonly values: ReadonlyMap<string, string>; readonly faults: readonly string[] };

/** Flags that a main file handles before it loads anything. */
const handledBefore = ["--help", "-h"];

/** Reads `--name value` and `--name=value`. Unknown flags, flags without a value, repeated ones and loose words are faults. */
export function parseFlags(argv: readonly string[], known: readonly string[]): Flags {
  const values = new Map<string, string>();
  const faults: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    const [name = "", inline] = splitOnce(word);
    if (handledBefore.includes(word)) {
      continue;
    }
    if (!known.includes(name)) {
      faults.push(describeUnknown(name, known));
      const next = argv[index + 1];
      index += name.startsWith("-") && inline === undefined && next !== undefined && !next.startsWith("-") ? 1 : 0;
      continue;
    }
    const value = inline ?? argv[index + 1];
    index += inline === undefined ? 1 : 0;
    if (value === undefined || (inline === undefined && value.startsWith("--"))) {
      faults.push(`${name} has no value; write "${name} VALUE".`);
      index -= value === undefined ? 0 : 1;
    } else if (values.has(name)) {
      faults.push(`${name} is given more than once; leave one.`);
    } else {
      values.set(name, value);
    }
  }
  return { values, faults };
}

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf("=");
  return word.startsWith("--") && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}

function describeUnknown(word: string, known: readonly string[]): string {
  if (!word.startsWith("-")) {
    return `"${word.slice(0, 80)}" is not a flag; every setting is written as "--name VALUE".`;
  }
  const near = suggest(word, known);
  return `${word.slice(0, 80)} is not a known flag${near === null ? "; --help lists all." : `; did you mean ${near}?`}`;
}
