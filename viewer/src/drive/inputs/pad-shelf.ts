import { type PadCalibration, padCalibrationSchema } from "./pad-calibration.ts";

/** The part of `localStorage` that is used. */
export type PadStore = { getItem(key: string): string | null; setItem(key: string, value: string): void };

/** Longest pad id that is a key: ids are the maker's text. And pads that one page remembers; nobody has more. */
const shelfLimits = { maxIdLength: 120, maxPads: 16 } as const;

/** How the pads of this device are read: kept in the browser, and for as long as the page lives where the browser keeps nothing. */
export class PadShelf {
  readonly #open: () => PadStore;
  readonly #known = new Map<string, PadCalibration | null>();

  /** @param open gives the store; it may throw, as `localStorage` does where storage is forbidden */
  constructor(open: () => PadStore) {
    this.#open = open;
  }

  /** How a pad is read; null when it was never set up, or what is stored is no calibration. The store is asked once for each pad. */
  read(padId: string): PadCalibration | null {
    const key = keyOf(padId);
    const known = this.#known.get(key);
    if (known !== undefined) {
      return known;
    }
    const stored = this.#load(key);
    this.#remember(key, stored);
    return stored;
  }

  /** Keeps how a pad is read; answers whether it outlives the page. */
  keep(padId: string, calibration: PadCalibration): boolean {
    const key = keyOf(padId);
    this.#remember(key, calibration);
    try {
      this.#open().setItem(key, JSON.stringify(calibration));
      return true;
    } catch {
      return false;
    }
  }

  #load(key: string): PadCalibration | null {
    try {
      const parsed = padCalibrationSchema.safeParse(JSON.parse(this.#open().getItem(key) ?? "null"));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  }

  #remember(key: string, calibration: PadCalibration | null): void {
    this.#known.delete(key);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= shelfLimits.maxPads) {
      this.#known.delete(oldest);
    }
    this.#known.set(key, calibration);
  }
}

function keyOf(padId: string): string {
  return `helmcast.pad.${padId.slice(0, shelfLimits.maxIdLength)}`;
}
