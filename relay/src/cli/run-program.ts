import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "@helmcast/config";
import { loadRelaySettings, type RelaySettings } from "@helmcast/config/load";
import type { Clock, Log } from "@helmcast/runtime";
import { findRelayUrl } from "../admin/relay-url.ts";
import { type Answer, askPassword, readPasswordInput } from "./ask-password.ts";
import { NobodyThere } from "./control-client.ts";
import { createFolderOpener } from "./open-folder.ts";
import { type Call, optionOf, parseCommand } from "./parse-command.ts";
import { reachRelay } from "./reach-relay.ts";
import { type Outcome, runCall } from "./run-call.ts";

/** 0: done. 1: refused or failed. 2: wrong command line or settings; nothing was looked at. */
export type ExitCode = 0 | 1 | 2;

/** What the program works with. */
export type ProgramParts = {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where settings are looked for, and where paths that a person typed start; npm runs scripts in the first, called from the second. */
  readonly cwd: string;
  readonly typedIn: string;
  readonly input: NodeJS.ReadStream;
  /** True when standard output is a terminal. */
  readonly colours: boolean;
  /** Standard output and standard error, text as it is. */
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Runs one command line from beginning to end. Never throws. */
export async function runProgram(parts: ProgramParts): Promise<ExitCode> {
  const { argv, write, complain } = parts;
  const asJson = argv.includes("--json");
  const refuse = (code: string | null, sentences: readonly string[], exit: ExitCode): ExitCode => {
    const [error = ""] = sentences;
    const json = code === null ? { faults: sentences } : { code, error };
    complain(asJson ? `${JSON.stringify(json)}\n` : sentences.map((line) => `${line}${code === null ? "" : ` (${code})`}\n`).join(""));
    return exit;
  };
  const line = parseCommand(argv);
  if (line.kind === "help") {
    write(`${line.text}\n`);
    return 0;
  }
  if (line.kind === "wrong") {
    return refuse(null, line.faults, 2);
  }
  const loaded = loadSettings(line.call, parts);
  if (!loaded.ok) {
    return refuse(null, loaded.faults, 2);
  }
  try {
    const password = await findPassword(line.call, parts);
    if (!password.ok) {
      throw new AppError("HC_GATEWAY_BAD_PASSWORD", { detail: password.why });
    }
    const outcome = await perform(line.call, password.password, loaded.settings, parts);
    write(asJson ? `${JSON.stringify(outcome.json)}\n` : `${outcome.lines.join("\n")}\n`);
    return 0;
  } catch (error) {
    const known = toAppError(error);
    return refuse(known.code, [known.message], 1);
  }
}

/** The relay's own settings, of which a command takes the data folder and the gateway's address. */
function loadSettings(call: Call, { env, cwd, typedIn }: ProgramParts) {
  const named = ["--data", "--config"].flatMap((flag) => {
    const value = optionOf(call, flag);
    return value === null ? [] : [flag, resolve(typedIn, value)];
  });
  return loadRelaySettings({ argv: named, env, cwd });
}

async function perform(call: Call, password: string | null, settings: RelaySettings, parts: ProgramParts): Promise<Outcome> {
  const { clock, log } = parts;
  const { dataDir } = settings;
  const isNew = !existsSync(join(dataDir, "state.sqlite"));
  const openFolder = createFolderOpener({ dataDir, relayUrl: () => findRelayUrl(settings), clock, log });
  const reached = await reachRelay({ dataDir, openFolder, clock });
  if (reached.how === "folder" && !call.options.has("--json")) {
    parts.complain(`${describeFolder(dataDir, isNew)}\n`);
  }
  try {
    const resolvePath = (path: string) => resolve(parts.typedIn, path);
    return await runCall({ call, client: reached.client, password, resolvePath, colours: parts.colours });
  } finally {
    await reached.close();
  }
}

/** Whoever meant another folder should learn it here, and not when the relay knows nothing of what was done. */
function describeFolder(dataDir: string, isNew: boolean): string {
  return isNew
    ? `No relay has run in ${dataDir} yet, so a new state was begun there. Where yours runs in another folder, name it with --data.`
    : `No relay runs in ${dataDir}, so the folder was opened directly.`;
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  // The relay answered a moment ago, and is gone now.
  return error instanceof NobodyThere
    ? new AppError("HC_GATEWAY_DATA_BUSY", { cause: error })
    : new AppError("HC_INTERNAL", { detail: String(error), cause: error });
}

/** Gets a new password before anything is opened: a person may take minutes to type it. */
function findPassword(call: Call, { input, complain }: ProgramParts): Promise<Answer> {
  const isWanted = call.command === "user add" || call.command === "user passwd";
  if (isWanted && call.options.has("--password-stdin")) {
    return readPasswordInput(input);
  }
  if (isWanted && input.isTTY === true && !call.options.has("--make-password")) {
    return askPassword({ input, prompt: complain }, call.args[0] ?? "");
  }
  return Promise.resolve({ ok: true, password: null });
}
