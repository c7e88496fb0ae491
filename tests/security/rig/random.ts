/** Chance that can be played again: the same seed gives the same requests. */
export type Chance = {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `below`. */
  whole(below: number): number;
  /** True with this probability. */
  hit(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
};

/** mulberry32, a generator of 32 bits of state: quick, and good enough to choose among requests. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    next,
    whole,
    hit: (probability) => next() < probability,
    pick(values) {
      const value = values[whole(values.length)];
      if (value === undefined) {
        throw new Error("nothing to pick from");
      }
      return value;
    },
  };
}
