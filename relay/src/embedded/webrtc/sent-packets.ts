import type { AccessUnit } from "../stream/types.ts";

/** What is needed to build a sent packet again, byte for byte. */
export type SentPacket = { readonly unit: AccessUnit; readonly index: number; readonly timestamp: number };

/** About 6 s at 1.5 Mbit/s, 1 s at 8 Mbit/s: longer than any browser waits for a lost packet. Must be a power of two. */
const capacity = 1024;

/**
 * Remembers where each sequence number came from. It holds references into the shared access units, never copies, and makes no
 * objects while media flows.
 */
export class SentPackets {
  readonly #sequences = new Int32Array(capacity).fill(-1);
  readonly #timestamps = new Float64Array(capacity);
  readonly #indexes = new Uint16Array(capacity);
  readonly #units = new Array<AccessUnit | undefined>(capacity);

  /** Notes that payload `index` of `unit` went out under `sequence`. */
  remember(sequence: number, unit: AccessUnit, index: number, timestamp: number): void {
    const slot = sequence % capacity;
    this.#sequences[slot] = sequence;
    this.#timestamps[slot] = timestamp;
    this.#indexes[slot] = index;
    this.#units[slot] = unit;
  }

  /** What went out under `sequence`, or null when that is too long ago or never was. */
  find(sequence: number): SentPacket | null {
    const slot = sequence % capacity;
    const unit = this.#units[slot];
    if (this.#sequences[slot] !== sequence || unit === undefined) {
      return null;
    }
    return { unit, index: this.#indexes[slot] ?? 0, timestamp: this.#timestamps[slot] ?? 0 };
  }
}
