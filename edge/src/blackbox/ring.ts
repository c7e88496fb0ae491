import type { DriveState } from "../command/drive-machine.ts";
import { reduceJson } from "./reduce-json.ts";
import type { BlackBoxEntry } from "./types.ts";

/** How much is kept. `maxBytes` counts texts and {@link entryBytes} for each entry. */
export type BlackBoxLimits = { readonly keepMs: number; readonly maxEntries: number; readonly maxBytes: number };

/**
 * The last 60 s. A driver who drives and turns the camera without a pause makes some 270 entries a second (20 commands of each kind with three entries,
 * 40 signs of being awake, the steps of the ramps), so that 60 s fit twice; only a flood of messages makes it shorter. Such a minute is 0.3 MB of gzip.
 */
export const defaultBlackBoxLimits: BlackBoxLimits = Object.freeze({ keepMs: 60_000, maxEntries: 40_000, maxBytes: 16_000_000 });

/** What an entry takes besides its texts, bytes: itself, its event and the part of its state that it shares with no other. Rounded up. */
const entryBytes = 320;

/** Longest other text in an entry, characters. */
const maxDetailChars = 200;

/** What the ring holds: the drive's state just before the oldest entry, null when that is among the entries or never came. */
export type RingContent = { readonly before: DriveState | null; readonly entries: readonly BlackBoxEntry[]; readonly dropped: number };

/** Keeps the newest entries. The places are used again and again; entries are kept by reference, since they never change. */
export class Ring {
  readonly #limits: BlackBoxLimits;
  readonly #places: Array<BlackBoxEntry | undefined>;
  #first = 0;
  #count = 0;
  #bytes = 0;
  #dropped = 0;
  #before: DriveState | null = null;
  /** The newest message was longer than what is kept of its text. */
  #isLong = false;

  /** @param limits how much to keep */
  constructor(limits: BlackBoxLimits = defaultBlackBoxLimits) {
    this.#limits = limits;
    this.#places = new Array<BlackBoxEntry | undefined>(limits.maxEntries).fill(undefined);
  }

  /** Keeps an entry, and lets go of what is too old or too much. */
  push(entry: BlackBoxEntry): void {
    const kept = this.#shorten(entry);
    const { keepMs, maxEntries, maxBytes } = this.#limits;
    this.#bytes += sizeOf(kept);
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      if (this.#count < maxEntries && this.#bytes <= maxBytes && kept.atMs - oldest.atMs <= keepMs) {
        break;
      }
      this.#drop(oldest);
    }
    this.#places[(this.#first + this.#count) % maxEntries] = kept;
    this.#count += 1;
  }

  /** A copy of what it holds, oldest first. Outputs whose step is gone are left out. */
  read(): RingContent {
    const entries: BlackBoxEntry[] = [];
    let hasStep = this.#before === null;
    for (let index = 0; index < this.#count; index++) {
      const entry = this.#places[(this.#first + index) % this.#limits.maxEntries];
      hasStep ||= entry?.kind === "step";
      if (entry !== undefined && (hasStep || entry.kind !== "output")) {
        entries.push(entry);
      }
    }
    return { before: this.#before, entries, dropped: this.#dropped };
  }

  #oldest(): BlackBoxEntry | undefined {
    return this.#count === 0 ? undefined : this.#places[this.#first];
  }

  #drop(entry: BlackBoxEntry): void {
    if (entry.kind === "step" || entry.kind === "begin") {
      this.#before = entry.state;
    }
    this.#bytes -= sizeOf(entry);
    this.#places[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#limits.maxEntries;
    this.#count -= 1;
    this.#dropped += 1;
  }

  /** Nobody outside can make an entry large: of a long message only what the machines look at is kept. */
  #shorten(entry: BlackBoxEntry): BlackBoxEntry {
    if (entry.kind === "message") {
      this.#isLong = entry.bytes > entry.text.length;
      return entry;
    }
    if (entry.kind === "step" && entry.event.type === "message") {
      const { event } = entry;
      return this.#isLong ? { ...entry, event: { ...event, message: { ...event.message, json: reduceJson(event.message.json) } } } : entry;
    }
    const isWordy = entry.kind === "camera" && (entry.detail?.length ?? 0) > maxDetailChars;
    return isWordy ? { ...entry, detail: entry.detail?.slice(0, maxDetailChars) ?? "" } : entry;
  }
}

/** The newer half of what a ring held. */
export function takeNewerHalf({ before, entries, dropped }: RingContent): RingContent {
  const count = Math.ceil(entries.length / 2);
  const older = entries.slice(0, count);
  const last = older.findLast((entry) => entry.kind === "step" || entry.kind === "begin");
  const rest = entries.slice(count);
  const start = rest.findIndex((entry) => entry.kind !== "output");
  return { before: last?.state ?? before, entries: start < 0 ? [] : rest.slice(start), dropped: dropped + count };
}

function sizeOf(entry: BlackBoxEntry): number {
  // The text is there twice: as it came, and as what it was read to.
  return entryBytes + (entry.kind === "message" ? 2 * entry.text.length : 0);
}
