import { type DriveInput, isResting, restingInput } from "./drive-input.ts";
import type { PadCalibration } from "./pad-calibration.ts";
import { noPad, type PadSnapshot, type PadState, stepPad } from "./pad-machine.ts";

/** Whether gamepads are there, and whether all of them need to be set up first. */
export type PadsReady = "none" | "ready" | "uncalibrated";

/** One look at one pad, and how it is read; null when it was never set up. */
export type PadLook = { readonly pad: PadSnapshot; readonly calibration: PadCalibration | null };

/** What is remembered of each pad, by its place, and which one is obeyed. */
export type PadsState = {
  readonly known: readonly { readonly index: number; readonly state: PadState; readonly rests: boolean }[];
  readonly active: number | null;
  readonly ready: PadsReady;
};

/** What follows from a look at all pads. `isGone`: the one that drove is not there any more. */
export type PadsStep = {
  readonly state: PadsState;
  readonly input: DriveInput;
  readonly isGone: boolean;
  readonly stop: boolean;
  readonly speed: -1 | 0 | 1;
};

/** No pad yet. */
export const noPads: PadsState = { known: [], active: null, ready: "none" };

/**
 * Pure: any pad stops and changes the speed; one drives. That is the first one that moves after it was seen at rest, until it rests or is gone: a pad
 * that comes with its trigger held, or is held while another drives, has to be let go first.
 */
export function stepPads(state: PadsState, looks: readonly PadLook[]): PadsStep {
  const steps = looks.map(({ pad, calibration }) => {
    const before = state.known.find(({ index }) => index === pad.index);
    const step = stepPad(before?.state ?? noPad, pad, calibration);
    const rests = isResting(step.input);
    return { ...step, index: pad.index, rests, isFresh: before?.rests === true && !rests };
  });
  const obeyed = steps.find(({ index, rests, isFresh }) => (state.active === null ? isFresh : index === state.active && !rests));
  return {
    state: {
      known: steps.map(({ index, state: each, rests }) => ({ index, state: each, rests })),
      active: obeyed?.index ?? null,
      ready: steps.length === 0 ? "none" : steps.some(({ ready }) => ready) ? "ready" : "uncalibrated",
    },
    input: obeyed?.input ?? restingInput,
    isGone: state.active !== null && !looks.some(({ pad }) => pad.index === state.active && pad.connected),
    stop: steps.some(({ stop }) => stop),
    speed: steps.find(({ speed }) => speed !== 0)?.speed ?? 0,
  };
}
