/**
 * How often a stop is repeated at first, ms; after how long it is called not confirmed; and how often it is repeated from then on, until the device
 * confirms it. `restartMs`: a device's clock that is further back than this began anew.
 */
export const stopLimits = Object.freeze({ repeatMs: 200, doubtMs: 2000, doubtedRepeatMs: 1000, restartMs: 3000 });

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
  switch (event.type) {
    case "press":
      return isWaiting(state)
        ? { state: { ...state, pressedAtMs: event.atMs, triedAtMs: event.atMs }, publish: state.id }
        : { state: { phase: "sent", id: event.id, pressedAtMs: event.atMs, triedAtMs: event.atMs }, publish: event.id };
    case "ack":
      return isWaiting(state) && event.id === state.id
        ? { state: { phase: "confirmed", id: state.id, stampMs: event.stampMs }, publish: null }
        : { state, publish: null };
    case "telemetry":
      return state.phase === "confirmed" && !event.latched && isLater(event.stampMs, state.stampMs)
        ? { state: noStop, publish: null }
        : { state, publish: null };
    case "tick":
      return isWaiting(state) ? repeat(state, event.atMs) : { state, publish: null };
  }
}

/** Pure: whether a stop is under way: pressed, and not confirmed. */
export function isWaiting(state: StopState): state is Extract<StopState, { phase: "sent" | "unconfirmed" }> {
  return state.phase === "sent" || state.phase === "unconfirmed";
}

function isLater(stampMs: number, thanMs: number): boolean {
  return stampMs > thanMs || thanMs - stampMs > stopLimits.restartMs;
}

function repeat(state: Extract<StopState, { phase: "sent" | "unconfirmed" }>, atMs: number): StopStep {
  const isDoubted = atMs - state.pressedAtMs >= stopLimits.doubtMs;
  const phase = isDoubted ? "unconfirmed" : state.phase;
  if (atMs - state.triedAtMs < (isDoubted ? stopLimits.doubtedRepeatMs : stopLimits.repeatMs)) {
    return { state: { ...state, phase }, publish: null };
  }
  return { state: { ...state, phase, triedAtMs: atMs }, publish: state.id };
}
