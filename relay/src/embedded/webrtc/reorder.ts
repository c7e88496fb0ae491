/** A packet that waits for those before it. */
type Waiting = { readonly packet: Buffer; readonly sequence: number; readonly atMs: number };

/** What came of one packet. */
export type Reordered = {
  /** Packets that can go on now, in order. */
  readonly ready: readonly Buffer[];
  /** Sequence numbers that are missing before this packet and were not missed already. */
  readonly missing: readonly number[];
};

/** Most packets kept back: about 0.3 s of 2 Mbit/s. */
const maxWaiting = 64;
/** Longest time that a packet waits for one before it: a resend takes one round trip. */
const maxWaitMs = 150;
/** A step further than this is not loss but a new beginning. */
const maxStep = 1000;

const none: readonly number[] = [];

/** Puts RTP packets in order by sequence number, within bounds; what does not come in time is given up. */
export class ReorderBuffer {
  #next: number | null = null;
  #highest = 0;
  #lost = 0;
  #cycles = 0;
  #waiting: Waiting[] = [];

  /** Packets given up so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Highest sequence number with the wraps above it, for receiver reports. */
  get extendedHighest(): number {
    return this.#cycles * 65_536 + this.#highest;
  }

  /** Takes one packet that arrived at `atMs`. */
  push(packet: Buffer, atMs: number): Reordered {
    const sequence = packet.readUInt16BE(2);
    if (this.#next === null || Math.abs(stepBetween(this.#next, sequence)) > maxStep) {
      this.#next = sequence;
      this.#highest = sequence;
      this.#waiting = [];
    }
    if (sequence === this.#next && this.#waiting.length === 0) {
      // The usual case, without a list to keep or to sort.
      this.#noteHighest(sequence);
      this.#next = (sequence + 1) & 0xffff;
      return { ready: [packet], missing: none };
    }
    if (stepBetween(this.#next, sequence) < 0 || this.#waiting.some((waiting) => waiting.sequence === sequence)) {
      return { ready: [], missing: [] };
    }
    const missing = this.#noteHighest(sequence);
    this.#waiting.push({ packet, sequence, atMs });
    this.#waiting.sort((left, right) => stepBetween(right.sequence, left.sequence));
    return { ready: this.#release(atMs), missing };
  }

  #noteHighest(sequence: number): readonly number[] {
    const step = stepBetween(this.#highest, sequence);
    if (step <= 0) {
      return none;
    }
    const missing = step === 1 ? none : Array.from({ length: step - 1 }, (_, index) => (this.#highest + 1 + index) & 0xffff);
    this.#cycles += sequence < this.#highest ? 1 : 0;
    this.#highest = sequence;
    return missing;
  }

  #release(atMs: number): Buffer[] {
    const ready: Buffer[] = [];
    for (let first = this.#waiting[0]; first !== undefined && this.#next !== null; first = this.#waiting[0]) {
      const gap = stepBetween(this.#next, first.sequence);
      const expired = this.#waiting.length > maxWaiting || atMs - first.atMs > maxWaitMs;
      if (gap > 0 && !expired) {
        break;
      }
      this.#lost += gap;
      ready.push(first.packet);
      this.#waiting.shift();
      this.#next = (first.sequence + 1) & 0xffff;
    }
    return ready;
  }
}

/** Signed distance between two 16-bit sequence numbers. */
function stepBetween(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
