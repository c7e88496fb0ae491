import { parseArgs } from "node:util";
import type { EngineKind } from "../contract/rig/engines.ts";

/** What can be measured, each by itself. */
export const sectionNames = ["picture", "hls-load", "whep-setup", "revocation", "driving"] as const;
/** One of what can be measured. */
export type SectionName = (typeof sectionNames)[number];

/** What a person may choose. `seconds` is how long each picture is watched in all, after it has settled. */
export type BenchOptions = { readonly seconds: number; readonly engines: readonly EngineKind[]; readonly only: readonly SectionName[] };

/** The choices read, the help asked for, or the sentence that says what is wrong. */
export type OptionsReading =
  | { readonly kind: "run"; readonly options: BenchOptions }
  | { readonly kind: "help" }
  | { readonly kind: "fault"; readonly sentence: string };

const knownEngines: readonly EngineKind[] = ["embedded", "mediamtx"];
const secondsRange = { least: 2, most: 120, usual: 8 } as const;

/** The text of `--help`. */
export const benchHelp = `npm run bench: Helmcast beside MediaMTX, same source, same browser, one run, on loopback.

  npm run bench                                  everything, over an hour; stop times alone take 40 minutes
  npm run bench -- --only hls-load               one part of it, or several with a comma: picture (age of the picture in a browser),
                                                 hls-load (many viewers), whep-setup, revocation, driving (stop times, key
                                                 press to motor, the brokers' fan-out)
  npm run bench -- --seconds 20                  watch each picture for so many seconds (${secondsRange.least} to ${secondsRange.most}; usually ${secondsRange.usual})
  npm run bench -- --engines embedded,mediamtx   leave one of the engines out
  MEDIAMTX_BIN=/path/to/mediamtx npm run bench   compare with this MediaMTX; without it the one on PATH

It measures and does not judge: it ends with 0 unless it could not measure.`;

/** Reads the command line. Pure. */
export function readOptions(argv: readonly string[]): OptionsReading {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: "boolean", short: "h" },
        seconds: { type: "string" },
        engines: { type: "string" },
        only: { type: "string" },
      },
    });
    if (values.help === true) {
      return { kind: "help" };
    }
    return checkValues(
      values.seconds ?? String(secondsRange.usual),
      values.engines ?? knownEngines.join(","),
      values.only ?? sectionNames.join(","),
    );
  } catch (error) {
    return { kind: "fault", sentence: error instanceof Error ? error.message : String(error) };
  }
}

function checkValues(secondsText: string, enginesText: string, onlyText: string): OptionsReading {
  const seconds = Number(secondsText);
  if (!(seconds >= secondsRange.least && seconds <= secondsRange.most)) {
    return { kind: "fault", sentence: `--seconds is ${secondsText}; use ${secondsRange.least} to ${secondsRange.most}.` };
  }
  const names = splitNames(enginesText);
  const unknown = names.find((name) => !knownEngines.some((engine) => engine === name));
  if (unknown !== undefined) {
    return { kind: "fault", sentence: `--engines names "${unknown}"; use ${knownEngines.join(" or ")}, or both with a comma.` };
  }
  const wanted = splitNames(onlyText);
  const strange = wanted.find((name) => !sectionNames.some((section) => section === name));
  if (strange !== undefined) {
    return { kind: "fault", sentence: `--only names "${strange}"; use ${sectionNames.join(", ")}, or several with a comma.` };
  }
  const only = sectionNames.filter((section) => wanted.includes(section));
  return { kind: "run", options: { seconds, engines: knownEngines.filter((engine) => names.includes(engine)), only } };
}

function splitNames(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}
