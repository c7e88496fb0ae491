import { dirname, join, resolve } from "node:path";
import { AppError, enrolmentCodeSchema } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { chooseScanCamera } from "./choose-camera.ts";
import { isReadableOnTheWay } from "./clear-text.ts";
import { type EnrolArguments, parseEnrolArguments, readRelayAddress } from "./parse-arguments.ts";
import { scanCode } from "./scan-code.ts";
import { refuseExisting, reserveSecretFile } from "./secret-file.ts";
import { type EnrolledAs, type FoundSettings, findSettings, listNeededChanges, writeFirstSettings } from "./settings-file.ts";
import { tradeCode } from "./trade-code.ts";

/** How often a person may mistype. */
const maxQuestions = 3;

/** What `enrol` works with. */
export type EnrolDeps = {
  /** The words after `enrol`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Asks the person; null when nobody answers. */
  readonly ask: (question: string) => Promise<string | null>;
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Enrols this device. Gives the exit code: 0, 1 when it was refused or failed, 2 for a wrong command line or settings file. */
export async function runEnrol(deps: EnrolDeps): Promise<number> {
  const parsed = parseEnrolArguments(deps.argv);
  const path = parsed.ok ? resolve(deps.cwd, parsed.arguments.config) : "";
  const found: FoundSettings = parsed.ok ? findSettings({ path, env: deps.env, cwd: deps.cwd }) : { kind: "none" };
  const faults = [...(parsed.ok ? [] : parsed.faults), ...(found.kind === "faulty" ? found.faults : [])];
  if (!parsed.ok || found.kind === "faulty") {
    deps.complain(`This device cannot be enrolled like that:\n${faults.map((fault) => `  ${fault}`).join("\n")}\nTry --help.`);
    return 2;
  }
  try {
    await enrol({ ...parsed.arguments, config: path }, found, deps);
    return 0;
  } catch (error) {
    deps.complain(error instanceof AppError ? error.message : String(error));
    return 1;
  }
}

type Found = Exclude<FoundSettings, { kind: "faulty" }>;

async function enrol(typed: EnrolArguments, found: Found, deps: EnrolDeps): Promise<void> {
  const { say } = deps;
  const known = found.kind === "found" ? found.relay : null;
  const secretFile =
    typed.secretFile === null
      ? (known?.secretFile ?? join(dirname(typed.config), ".helmcast", "device.secret"))
      : resolve(deps.cwd, typed.secretFile);
  // Asked for first: nobody types a code for nothing.
  await refuseExisting(secretFile, typed.replace);
  const { relayUrl, code } = typed.scan ? await scan(typed, found, deps) : await askPerson(typed, known?.url ?? null, deps);
  if (isReadableOnTheWay(relayUrl)) {
    say(
      `Warning: ${relayUrl} is not encrypted, so the code and this device's secret can be read on their way. Use https:// if the relay has it.`,
    );
  }
  const file = await reserveSecretFile(secretFile, typed.replace);
  try {
    const { secret, ...who } = await tradeCode(relayUrl, code, deps);
    await file.commit(secret);
    say(`This device is enrolled at ${relayUrl} as ${who.device}.`);
    say(`Its secret is in ${secretFile}, which only its owner can read.${typed.replace ? " An agent that runs takes it by itself." : ""}`);
    await settle(typed.config, found, { ...who, relayUrl, secretFile }, deps);
  } finally {
    await file.discard();
  }
}

async function scan(typed: EnrolArguments, found: Found, deps: EnrolDeps) {
  const settings = found.kind === "found" ? found.settings : null;
  const camera = chooseScanCamera(typed.video, settings?.cameras ?? []);
  const link = await scanCode(camera, { ...deps, ffmpegPath: settings?.ffmpegPath ?? "ffmpeg" });
  const relayUrl = readRelayAddress(typed.relay ?? link.relayUrl);
  if (relayUrl === null) {
    throw new AppError("HC_EDGE_SCAN_NOTHING", { detail: "The address in the code is no relay's." });
  }
  deps.say(`The QR code was read: it is of the relay ${new URL(link.relayUrl).origin}.`);
  return { relayUrl, code: link.code };
}

async function askPerson(typed: EnrolArguments, knownUrl: string | null, deps: EnrolDeps) {
  const relayUrl =
    readRelayAddress(typed.relay ?? knownUrl ?? "") ??
    (await askFor("The relay's address, such as https://relay.example: ", readRelayAddress, "That is no address of a relay.", deps));
  const readCode = (text: string) => enrolmentCodeSchema.safeParse(text).data ?? null;
  const code =
    readCode(typed.code ?? "") ??
    (await askFor(
      "The enrolment code, such as ABCD-EFGH: ",
      readCode,
      "A code has eight letters and digits, and no 0, O, 1, I or L.",
      deps,
    ));
  return { relayUrl, code };
}

/** @throws AppError HC_EDGE_CODE_MISSING when nobody answers, or never rightly */
async function askFor(question: string, read: (text: string) => string | null, hint: string, deps: EnrolDeps): Promise<string> {
  for (let asked = 0; asked < maxQuestions; asked++) {
    const answer = await deps.ask(question);
    const value = answer === null ? null : read(answer.trim());
    if (value !== null) {
      return value;
    }
    if (answer === null) {
      break;
    }
    deps.say(hint);
  }
  throw new AppError(deps.signal.aborted ? "HC_EDGE_STOPPED" : "HC_EDGE_CODE_MISSING");
}

/** Leaves a settings file with which the agent starts, or says what is to be changed in the person's own. */
async function settle(path: string, found: Found, enrolled: EnrolledAs, { say }: EnrolDeps): Promise<void> {
  if (found.kind === "none") {
    await writeFirstSettings(path, enrolled);
    say(`The settings file ${path} was written, with a test picture for a camera.`);
  } else {
    const changes = listNeededChanges(path, found, enrolled);
    if (changes.length > 0) {
      say(`Change these lines in ${path}:\n\n${changes.map((line) => `  ${line}`).join("\n")}\n`);
    }
  }
  say(`Start the agent with: npm run edge -- --config ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)}`);
}
