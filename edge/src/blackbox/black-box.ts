import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { blackBoxLimits } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { type BlackBoxLimits, defaultBlackBoxLimits, Ring, type RingContent, takeNewerHalf } from "./ring.ts";
import type { BlackBoxRecord } from "./types.ts";
import { type HeaderFacts, writeHeader, writeLine } from "./write-lines.ts";

/** Lines that are written at a stretch: under a millisecond, so that commands and the watchdog never wait for a black box. */
const linesAtOnce = 100;

const compress = promisify(gzip);

/** What a black box needs. `clock` tells the machine's monotonic time. `drive` names the kind of vehicle. */
export type BlackBoxOptions = {
  readonly device: string;
  readonly drive: { readonly kind: string };
  readonly clock: Pick<Clock, "wallMs" | "monotonicMs">;
  readonly limits?: BlackBoxLimits;
};

/** Remembers the last 60 s of driving in memory, and gives them out on demand. Nothing goes to the disk. */
export class BlackBox {
  readonly #options: BlackBoxOptions;
  readonly #limits: BlackBoxLimits;
  readonly #ring: Ring;
  readonly #startedWallMs: number;

  /** @param options see {@link BlackBoxOptions} */
  constructor(options: BlackBoxOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultBlackBoxLimits;
    this.#ring = new Ring(this.#limits);
    this.#startedWallMs = options.clock.wallMs();
  }

  /** Keeps an entry. */
  readonly record: BlackBoxRecord = (entry) => this.#ring.push(entry);

  /** Everything that it holds, as JSON lines. */
  write(): Promise<string> {
    return writeBlackBox(this.#readFacts(), this.#ring.read());
  }

  /**
   * The same as gzip, within {@link blackBoxLimits}: the older half is left out until it is. It is written in small pieces and packed beside the agent's own
   * thread, because the vehicle may be moving.
   */
  async pack(): Promise<Buffer> {
    const facts = this.#readFacts();
    let content = this.#ring.read();
    for (;;) {
      const packed = await compress(await writeBlackBox(facts, content));
      if (packed.length <= blackBoxLimits.maxBytes || content.entries.length === 0) {
        return packed;
      }
      content = takeNewerHalf(content);
    }
  }

  #readFacts(): HeaderFacts {
    const { device, drive, clock } = this.#options;
    const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    return { device, startedWallMs: this.#startedWallMs, ...now, limits: this.#limits, drive };
  }
}

async function writeBlackBox(facts: HeaderFacts, content: RingContent): Promise<string> {
  const pieces = [writeHeader(facts, content)];
  for (const [index, entry] of content.entries.entries()) {
    pieces.push(writeLine(entry));
    if (index % linesAtOnce === linesAtOnce - 1) {
      await setImmediate();
    }
  }
  return pieces.join("");
}
