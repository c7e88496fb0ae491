import type { Command, Option } from "./command-types.ts";
import { commonFlags } from "./words.ts";

/** How a person calls the program. */
export const program = "npm run helmcast --";

/** Width that paragraphs are wrapped to, characters. */
const maxColumns = 100;

/** The help of the whole: every command in one line. */
export function writeOverview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length));
  return [
    "People, devices, keys and backups of a Helmcast relay, from the command line of its host.",
    "",
    ...commands.map((command) => `  ${usageOf(command).padEnd(width)}  ${command.summary}`),
    "",
    "Examples",
    ...commands.map((command) => `  ${program} ${command.examples[0].line}`),
    "",
    ...wrap(
      'While a relay runs in the data folder, it is asked over its control socket, and what changes counts at once. While none runs, the folder is opened directly, and no relay can start in it meanwhile. Who may open the folder may do all of this; the audit log calls it "command line".',
      "",
    ),
    "",
    ...writeOptions(commonFlags),
    "",
    "Exit codes: 0 done, 1 refused or failed, 2 wrong command line or settings.",
    `"${program} COMMAND --help" tells more of one.`,
  ].join("\n");
}

/** The help of the commands that share a first word. */
export function writeGroupHelp(group: readonly Command[]): string {
  return group.map(writeHelp).join("\n\n\n");
}

/** The help of one command. */
export function writeHelp(command: Command): string {
  const width = Math.max(...command.examples.map((example) => example.line.length));
  return [
    `${program} ${usageOf(command)}${command.options.length > 0 ? " [FLAGS]" : ""}`,
    "",
    ...wrap(command.summary, ""),
    ...command.details.flatMap((paragraph) => ["", ...wrap(paragraph, "")]),
    "",
    "Examples",
    ...command.examples.map((example) => `  ${program} ${example.line.padEnd(width)}   ${example.says}`),
    ...(command.args.length > 0 ? ["", ...command.args.flatMap((arg) => wrap(`${arg.name}: ${arg.allowed}`, "  "))] : []),
    "",
    ...writeOptions([...command.options, ...commonFlags]),
  ].join("\n");
}

function usageOf(command: Command): string {
  return [command.name, ...command.args.map((arg) => arg.name)].join(" ");
}

function writeOptions(options: readonly Option[]): string[] {
  return options.flatMap((option) => [
    `  ${option.flag}${option.value === null ? "" : ` ${option.value}`}`,
    ...wrap(option.sentence, "      "),
  ]);
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > maxColumns) {
      lines.push(`${indent}${word}`);
    } else {
      lines[lines.length - 1] = `${last} ${word}`;
    }
  }
  return lines;
}
