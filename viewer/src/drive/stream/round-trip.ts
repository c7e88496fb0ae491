/** Commands that are remembered: at 20 a second the last three seconds. */
const maxWaiting = 64;

/** Commands that were sent and not yet seen in telemetry, oldest first, and the newest round trip, ms. */
export type RoundTrip = {
  readonly waiting: readonly { readonly seq: number; readonly sentAtMs: number }[];
  readonly lastMs: number | null;
};

/** Nothing sent yet. */
export const noRoundTrip: RoundTrip = { waiting: [], lastMs: null };

/** Pure: one more command left. */
export function addSent(state: RoundTrip, seq: number, sentAtMs: number): RoundTrip {
  return { ...state, waiting: [...state.waiting, { seq, sentAtMs }].slice(-maxWaiting) };
}

/** Pure: telemetry names the last command that the device took. The same number again says nothing. */
export function addSeen(state: RoundTrip, lastSeq: number, atMs: number): RoundTrip {
  const seen = state.waiting.find(({ seq }) => seq === lastSeq);
  if (seen === undefined) {
    return state;
  }
  return { waiting: state.waiting.filter(({ seq }) => seq > lastSeq), lastMs: atMs - seen.sentAtMs };
}

/** Pure: the round trip now, ms: a command that waits longer than the last one took counts already. Null before the first came back. */
export function readRoundTrip(state: RoundTrip, nowMs: number): number | null {
  const [oldest] = state.waiting;
  return state.lastMs === null || oldest === undefined ? state.lastMs : Math.max(state.lastMs, nowMs - oldest.sentAtMs);
}
