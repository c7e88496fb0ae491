/** When a stop is repeated, called not confirmed, and given up as a message (the person may press again), ms since it was pressed. */
export const stopLimits = Object.freeze({ repeatMs: 200, doubtMs: 2000, giveUpMs: 60_000 });

/**
 * A pressed stop. `sent`: no confirmation yet. `confirmed`: the device has said that it stands. `unconfirmed`: nothing came for two seconds; it is
 * still repeated.
 */
export type StopState =
  | { readonly phase: "idle" }
  | { readonly phase: "sent" | "unconfirmed"; readonly id: string; readonly pressedAtMs: number; readonly triedAtMs: number }
  | { readonly phase: "confirmed"; readonly id: string; readonly stampMs: number };

/** What can happen. `latched` is the device's own word, of the time `stampMs` on its clock. */
export type StopEvent =
  | { readonly type: "press"; readonly id: string; readonly atMs: number }
  | { readonly type: "tick"; readonly atMs: number }
  | { readonly type: "ack"; readonly id: string; readonly stampMs: number }
  | { readonly type: "telemetry"; readonly latched: boolean; readonly stampMs: number };

/** Pure: a state and, when a message shall go now, its id. */
export type StopStep = { readonly state: StopState; readonly publish: string | null };

/** Nothing pressed. */
export const noStop: StopState = { phase: "idle" };

/** Pure: the stop's next step. A press while one is under way sends that one again at once. */
export function stepStop(state: StopState, event: StopEvent): StopStep {
  const isWaiting = state.phase === "sent" || state.phase === "unconfirmed";
  switch (event.type) {
    case "press":
      return isWaiting
        ? { state: { ...state, pressedAtMs: event.atMs, triedAtMs: event.atMs }, publish: state.id }
        : { state: { phase: "sent", id: event.id, pressedAtMs: event.atMs, triedAtMs: event.atMs }, publish: event.id };
    case "ack":
      return isWaiting && event.id === state.id
        ? { state: { phase: "confirmed", id: state.id, stampMs: event.stampMs }, publish: null }
        : { state, publish: null };
    case "telemetry":
      return state.phase === "confirmed" && !event.latched && event.stampMs > state.stampMs
        ? { state: noStop, publish: null }
        : { state, publish: null };
    case "tick":
      return isWaiting ? repeat(state, event.atMs) : { state, publish: null };
  }
}

function repeat(state: Extract<StopState, { phase: "sent" | "unconfirmed" }>, atMs: number): StopStep {
  const sinceMs = atMs - state.pressedAtMs;
  const phase = sinceMs >= stopLimits.doubtMs ? "unconfirmed" : state.phase;
  if (atMs - state.triedAtMs < stopLimits.repeatMs || sinceMs > stopLimits.giveUpMs) {
    return { state: { ...state, phase }, publish: null };
  }
  return { state: { ...state, phase, triedAtMs: atMs }, publish: state.id };
}
