import { type DriveInput, type InputSource, isResting, restingInput } from "./drive-input.ts";

/**
 * Which hand is obeyed. `locked` sources were let go by force: they count again after they have rested once, so that a held stick can't
 * start the vehicle when the reason for the release is gone.
 */
export type ArbiterState = {
  readonly inputs: { readonly [Source in InputSource]: DriveInput };
  readonly active: InputSource | null;
  readonly locked: readonly InputSource[];
};

/** What can happen: a hand moved, everything is let go, or one hand must not count before it has rested. */
export type ArbiterEvent =
  | { readonly type: "input"; readonly source: InputSource; readonly input: DriveInput }
  | { readonly type: "release-all" }
  | { readonly type: "lock"; readonly source: InputSource };

/** No hand anywhere. */
export const noHands: ArbiterState = { inputs: { keys: restingInput, stick: restingInput, pad: restingInput }, active: null, locked: [] };

/** Pure: the hand that moved last is obeyed; when it rests, nobody is, until another moves. */
export function stepArbiter(state: ArbiterState, event: ArbiterEvent): ArbiterState {
  if (event.type === "release-all") {
    const held = (["keys", "stick", "pad"] as const).filter((source) => !isResting(state.inputs[source]));
    return { ...state, active: null, locked: [...new Set([...state.locked, ...held])] };
  }
  if (event.type === "lock") {
    const active = state.active === event.source ? null : state.active;
    return { ...state, active, locked: [...new Set([...state.locked, event.source])] };
  }
  const { source, input } = event;
  if (isSame(state.inputs[source], input)) {
    return state;
  }
  const inputs = { ...state.inputs, [source]: input };
  if (isResting(input)) {
    return { inputs, active: state.active === source ? null : state.active, locked: state.locked.filter((name) => name !== source) };
  }
  return state.locked.includes(source) ? { ...state, inputs } : { ...state, inputs, active: source };
}

/** Pure: what the obeyed hand wants. */
export function readHand(state: ArbiterState): DriveInput {
  return state.active === null ? restingInput : state.inputs[state.active];
}

function isSame(a: DriveInput, b: DriveInput): boolean {
  return a.throttle === b.throttle && a.steer === b.steer && a.pan === b.pan && a.tilt === b.tilt;
}
