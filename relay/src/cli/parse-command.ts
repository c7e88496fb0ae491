import { suggest } from "@helmcast/config/load";
import type { Argument, Command, Option } from "./command-types.ts";
import { type CommandName, commands } from "./commands.ts";
import { commonFlags } from "./words.ts";
import { program, writeGroupHelp, writeHelp, writeOverview } from "./write-help.ts";

/** A command with everything that was typed for it, checked. */
export type Call = {
  readonly command: CommandName;
  /** In the order of the command's arguments. */
  readonly args: readonly string[];
  /** Values by flag with its dashes; a flag without a value has an empty one. */
  readonly options: ReadonlyMap<string, readonly string[]>;
};

/** What a command line turned out to be: a call, a question for help, or wrong, with everything that is wrong with it. */
export type ParsedLine =
  | { readonly kind: "call"; readonly call: Call }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "wrong"; readonly faults: readonly string[] };

type Split = {
  readonly loose: readonly string[];
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly faults: readonly string[];
};

/** Longest piece of what was typed that is repeated to the person, characters. */
const maxShownChars = 80;

/** Every flag there is: before the command is known, the value of a flag must not be taken for it. */
const allFlags: readonly Option[] = [...commonFlags, ...commands.flatMap((command) => command.options)];

/** Reads the words after the program's name. Never throws. */
export function parseCommand(argv: readonly string[]): ParsedLine {
  const wantsHelp = argv.some((word) => word === "--help" || word === "-h");
  const [first, second] = splitWords(argv, allFlags).loose;
  const command = commands.find((known) => known.name === first || known.name === `${first} ${second}`);
  if (command !== undefined) {
    return wantsHelp ? { kind: "help", text: writeHelp(command) } : parseCall(command, argv);
  }
  const group = commands.filter((known) => known.name.startsWith(`${first} `));
  if (first === undefined || first === "help") {
    return { kind: "help", text: writeOverview(commands) };
  }
  if (wantsHelp) {
    return { kind: "help", text: group.length > 0 ? writeGroupHelp(group) : writeOverview(commands) };
  }
  return { kind: "wrong", faults: [describeUnknownCommand(first, second, group)] };
}

/** The first of `flags` that was given, as a value, or null. */
export function optionOf(call: Call, flag: string): string | null {
  return call.options.get(flag)?.[0] ?? null;
}

function parseCall(command: (typeof commands)[number], argv: readonly string[]): ParsedLine {
  const split = splitWords(argv, [...command.options, ...commonFlags]);
  const given = split.loose.slice(command.name.split(" ").length);
  const faults = [...split.faults, ...checkArguments(command, given), ...checkPasswordFlags(split.options)];
  return faults.length > 0
    ? { kind: "wrong", faults }
    : { kind: "call", call: { command: command.name, args: given, options: split.options } };
}

function splitWords(argv: readonly string[], known: readonly Option[]): Split {
  const loose: string[] = [];
  const options = new Map<string, readonly string[]>();
  const faults: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (!word.startsWith("-")) {
      loose.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const option = known.find((candidate) => candidate.flag === name);
    const next = argv[index + 1];
    const nextIsValue = equals < 0 && next !== undefined && !next.startsWith("-");
    if (option === undefined) {
      faults.push(describeUnknownFlag(name, known));
      // What follows may be the password itself; it is not read as a word, which could be repeated to the screen.
      index += isPasswordFlag(name) && nextIsValue ? 1 : 0;
      continue;
    }
    index += option.value !== null && nextIsValue ? 1 : 0;
    const value = equals >= 0 ? word.slice(equals + 1) : option.value === null ? "" : nextIsValue ? next : null;
    const fault = checkOption(option, value, options.get(name) ?? []);
    if (fault !== null) {
      faults.push(fault);
    } else {
      options.set(name, [...(options.get(name) ?? []), option.read(value ?? "") ?? ""]);
    }
  }
  return { loose, options, faults };
}

function checkOption(option: Option, value: string | null, before: readonly string[]): string | null {
  if (option.value === null) {
    return value === "" ? null : `${option.flag} takes no value.`;
  }
  if (value === null) {
    return `${option.flag} has no value; write "${option.flag} ${option.value}".`;
  }
  if (before.length > 0 && option.many !== true) {
    return `${option.flag} is given more than once; leave one.`;
  }
  return option.read(value) === null ? `${option.flag} is ${show(value)}; use ${option.allowed}.` : null;
}

function checkArguments(command: Command, given: readonly string[]): string[] {
  const usage = [program, command.name, ...command.args.map((arg) => arg.name)].join(" ");
  const missing = command.args.slice(given.length).map((arg: Argument) => arg.name);
  if (missing.length > 0) {
    return [`${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing; write "${usage}".`];
  }
  if (given.length > command.args.length) {
    const star = command.args.some((arg) => arg.allowed.includes("'*'")) ? " A * needs quotes: '*'." : "";
    return [`${show(given[command.args.length] ?? "")} is one word too many; write "${usage}".${star}`];
  }
  return command.args.flatMap((arg, index) => {
    const word = given[index] ?? "";
    return arg.read(word) === null ? [`${arg.name} is ${show(word)}; use ${arg.allowed}.`] : [];
  });
}

function checkPasswordFlags(options: ReadonlyMap<string, unknown>): string[] {
  return options.has("--password-stdin") && options.has("--make-password")
    ? ["--password-stdin and --make-password exclude each other; leave one."]
    : [];
}

function describeUnknownFlag(name: string, known: readonly Option[]): string {
  if (isPasswordFlag(name)) {
    return "A password is never given on the command line, where the process list and the shell's history keep it. Leave it out to be asked, or use --password-stdin.";
  }
  const near = suggest(
    name,
    known.map((option) => option.flag),
  );
  return `${name.slice(0, maxShownChars)} is not a flag of this command${near === null ? "; --help lists them." : `; did you mean ${near}?`}`;
}

function isPasswordFlag(name: string): boolean {
  // -p and whatever is stuck to it, as other programs take a password.
  return /^(-p.*|--p(assword|asswd|ass|w)?)$/i.test(name);
}

function describeUnknownCommand(first: string, second: string | undefined, group: readonly Command[]): string {
  if (group.length > 0 && second === undefined) {
    return `Say what to do: ${group.map((command) => command.name).join(", ")}. --help tells more.`;
  }
  const typed = second === undefined ? first : `${first} ${second}`;
  const near = suggest(
    typed,
    commands.map((command) => command.name),
  );
  return `${show(typed)} is not a command${near === null ? "; --help lists all." : `; did you mean ${near}?`}`;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, maxShownChars));
}
