import { digestState } from "./digest.ts";
import { packNumber } from "./number-codec.ts";
import { isAtRest } from "./restore-state.ts";
import type { BlackBoxLimits, RingContent } from "./ring.ts";
import type { BlackBoxEntry } from "./types.ts";

/** Version of the file's format. */
export const blackBoxVersion = 1;

/** What stands in a file's first line beside what the ring tells. Times of one moment by both clocks, so that each entry has a time of day. */
export type HeaderFacts = {
  readonly device: string;
  readonly startedWallMs: number;
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly limits: BlackBoxLimits;
  readonly drive: { readonly kind: string };
};

/** The first line. `dropped`: entries that were let go of since the agent's start. */
export function writeHeader(facts: HeaderFacts, { before, dropped }: Pick<RingContent, "before" | "dropped">): string {
  return stringify({ kind: "header", v: blackBoxVersion, ...facts, dropped, before, atRest: before !== null && isAtRest(before) });
}

/** The line of an entry. A step is written with what came of it instead of the whole state, which replay computes anew. */
export function writeLine(entry: BlackBoxEntry): string {
  if (entry.kind !== "step") {
    return stringify(entry);
  }
  const { kind, atMs, event, state } = entry;
  return stringify({ kind, atMs, event, after: digestState(state) });
}

function stringify(line: object): string {
  return `${JSON.stringify(line, packNumber)}\n`;
}
