import type { AccessUnit } from "./types.ts";

/** Most bytes of pictures kept for a reader's start: 4 s at 8 Mbit/s. */
export const maxGopBytes = 4 * 1024 * 1024;

/** Most pictures kept: 10 s at 60 frames/s. */
const maxGopUnits = 600;

/** The pictures since the newest IDR, bounded; where the bound is passed it stays empty until the next IDR. */
export class GopCache {
  readonly #maxBytes: number;
  #units: AccessUnit[] = [];
  #bytes = 0;

  /** @param maxBytes bound on the sum of the pictures' sizes */
  constructor(maxBytes: number = maxGopBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next picture. */
  push(unit: AccessUnit): void {
    if (unit.idr) {
      this.#units = [];
      this.#bytes = 0;
    } else if (this.#units.length === 0) {
      return;
    }
    this.#bytes += unit.sizeBytes;
    if (this.#bytes > this.#maxBytes || this.#units.length >= maxGopUnits) {
      this.#units = [];
      return;
    }
    this.#units.push(unit);
  }

  /** The pictures now, oldest first; a list of its own. */
  list(): readonly AccessUnit[] {
    return [...this.#units];
  }

  /** Forgets everything. */
  clear(): void {
    this.#units = [];
  }
}
