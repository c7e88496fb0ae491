/** SUBACK code "failure" (MQTT 3.1.1, section 3.9.3). */
const failure = 128;
/** Subscribe packets that may wait for their answer at once. */
const maxWaiting = 64;

/** Keeps what was left out of subscribe packets, and puts it back as refused into their answers. */
export type Subacks = {
  /** @param allowed one for each filter of the packet. False when too many wait. */
  expect(messageId: number, allowed: readonly boolean[]): boolean;
  /** The answer to the whole packet, from the answer to the part that was passed on. */
  merge(messageId: number, granted: readonly unknown[]): number[];
};

/** For one connection. */
export function createSubacks(): Subacks {
  const waiting = new Map<number, readonly boolean[]>();
  return {
    expect(messageId, allowed) {
      waiting.set(messageId, allowed);
      return waiting.size <= maxWaiting;
    },
    merge(messageId, granted) {
      const codes = granted.map((code) => (typeof code === "number" ? code : failure));
      const allowed = waiting.get(messageId) ?? codes.map(() => true);
      waiting.delete(messageId);
      let at = 0;
      return allowed.map((passed) => (passed ? (codes[at++] ?? failure) : failure));
    },
  };
}
