import type { DriveInput } from "./drive-input.ts";

/** What keys do, by `KeyboardEvent.code`: a place on the keyboard, whatever is printed there. */
const holdKeys: Readonly<Record<string, Partial<DriveInput>>> = {
  ArrowUp: { throttle: 1 },
  KeyW: { throttle: 1 },
  ArrowDown: { throttle: -1 },
  KeyS: { throttle: -1 },
  ArrowLeft: { steer: -1 },
  KeyA: { steer: -1 },
  ArrowRight: { steer: 1 },
  KeyD: { steer: 1 },
  KeyJ: { pan: -1 },
  KeyL: { pan: 1 },
  KeyI: { tilt: 1 },
  KeyK: { tilt: -1 },
};

/** Share of a key's full effect while Shift is held: fine control. */
const fineShare = 0.5;

/** Keys that are down, and Shift. */
export type KeyboardState = { readonly down: readonly string[]; readonly fine: boolean };

/** A key went down or up. `inField`: it belongs to a field that takes text, or to a slider. */
export type KeyEvent = {
  readonly kind: "down" | "up";
  readonly code: string;
  readonly repeat: boolean;
  readonly shift: boolean;
  /** Ctrl, Alt or Meta is held: a shortcut of the browser. */
  readonly chord: boolean;
  readonly inField: boolean;
};

/** What follows from a key. `taken`: the browser shall not scroll or press by it. */
export type KeyStep = { readonly state: KeyboardState; readonly stop: boolean; readonly speed: -1 | 0 | 1; readonly taken: boolean };

/** No key is down. */
export const noKeys: KeyboardState = { down: [], fine: false };

/**
 * Pure: the next state. Space and Escape stop, also on a button; in a field only Escape does. Minus and equals change the speed. A shortcut lets go
 * of everything: while Meta is held macOS never tells that another key came up.
 */
export function stepKeys(state: KeyboardState, event: KeyEvent): KeyStep {
  const ignore: KeyStep = { state: { ...state, fine: event.shift }, stop: false, speed: 0, taken: false };
  if (event.kind === "up") {
    return { ...ignore, state: { down: state.down.filter((code) => code !== event.code), fine: event.shift } };
  }
  if (event.chord) {
    return { ...ignore, state: noKeys };
  }
  if (event.code === "Escape" || (event.code === "Space" && !event.inField)) {
    return { ...ignore, state: noKeys, stop: !event.repeat, taken: event.code === "Space" };
  }
  if (event.inField) {
    return ignore;
  }
  if (event.code === "Minus" || event.code === "Equal") {
    return { ...ignore, speed: event.code === "Minus" ? -1 : 1, taken: true };
  }
  if (holdKeys[event.code] === undefined) {
    return ignore;
  }
  // A repeated key that is not known to be down was let go by force meanwhile.
  const down = event.repeat || state.down.includes(event.code) ? state.down : [...state.down, event.code];
  return { ...ignore, state: { down, fine: event.shift }, taken: true };
}

/** Pure: what the keys want. Opposite keys cancel each other. */
export function readKeys({ down, fine }: KeyboardState): DriveInput {
  const sum = (axis: keyof DriveInput): number => {
    const total = down.reduce((value, code) => value + (holdKeys[code]?.[axis] ?? 0), 0);
    return Math.max(-1, Math.min(1, total)) * (fine ? fineShare : 1) || 0;
  };
  return { throttle: sum("throttle"), steer: sum("steer"), pan: sum("pan"), tilt: sum("tilt") };
}
