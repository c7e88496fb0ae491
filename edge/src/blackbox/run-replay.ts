import { parseArgs } from "node:util";
import { AppError } from "@helmcast/config";
import { drawChart } from "./draw-chart.ts";
import type { ReplayResult } from "./replay.ts";
import { replayFile } from "./replay-file.ts";

const usage = `Usage: npm run edge -- replay FILE [--chart] [--json]

Runs a recorded black box through the same decisions again, with a simulated car, and compares.
  --chart   also draws the throttle over time, with every stop and its cause
  --json    writes one JSON object instead of sentences
Exit codes: 0 the same, 1 it went another way, 2 wrong command line or file.`;

/** What the sub-command needs. */
export type ReplayCall = {
  readonly argv: readonly string[];
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
};

/** The sub-command `replay`. Gives the exit code. */
export function runReplay({ argv, say, complain }: ReplayCall): number {
  const call = parse(argv);
  if (call === null) {
    complain(usage);
    return 2;
  }
  try {
    const result = replayFile(call.file);
    say(call.json ? JSON.stringify({ same: result.difference === null, ...result }) : describe(result));
    if (call.chart) {
      say(drawChart(result.car, result.stops, result.endMs));
    }
    return result.difference === null ? 0 : 1;
  } catch (error) {
    complain(error instanceof AppError ? `${error.code}: ${error.message}` : String(error));
    return 2;
  }
}

function parse(argv: readonly string[]): { readonly file: string; readonly json: boolean; readonly chart: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, chart: { type: "boolean", default: false } },
    });
    const [file] = positionals;
    return file === undefined || positionals.length !== 1 || (values.json && values.chart) ? null : { file, ...values };
  } catch {
    // An option that there is not: the person gets the whole usage.
    return null;
  }
}

function describe({ steps, outputs, stops, difference }: ReplayResult): string {
  const counts = `${steps} steps, ${outputs.length} outputs to the motors, ${stops.length} stops`;
  if (difference === null) {
    return `The replay is identical: ${counts}.`;
  }
  const { line, atMs, what, recorded, replayed, state } = difference;
  return [
    `The replay goes another way at line ${line} (${atMs.toFixed(3)} ms), by its ${what}; ${counts}.`,
    `  recorded: ${JSON.stringify(recorded)}`,
    `  replayed: ${JSON.stringify(replayed)}`,
    `  whole state of the replay: ${JSON.stringify(state)}`,
  ].join("\n");
}
