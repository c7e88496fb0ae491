/** One word that a command takes at a fixed place. `read` gives the value, or null for a word that is not allowed. */
export type Argument = {
  /** As the help writes it, in capitals. */
  readonly name: string;
  /** What is allowed, as it goes on after "use". */
  readonly allowed: string;
  readonly read: (word: string) => string | null;
};

/** One flag. `value` is how the help writes its value; null for a flag without one. */
export type Option = {
  readonly flag: string;
  readonly value: string | null;
  readonly sentence: string;
  readonly allowed: string;
  readonly read: (word: string) => string | null;
  /** May be given more than once. */
  readonly many?: boolean;
};

/** One line that a person can copy, and what it does. */
type Example = { readonly line: string; readonly says: string };

/** One command: everything that parsing and help need. What it does stands in `run-command.ts` under the same name. */
export type Command<Name extends string = string> = {
  /** The words that call it: `user add`. */
  readonly name: Name;
  /** One sentence. */
  readonly summary: string;
  /** More that a person should know, one paragraph each. */
  readonly details: readonly string[];
  readonly args: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly [Example, ...Example[]];
};
