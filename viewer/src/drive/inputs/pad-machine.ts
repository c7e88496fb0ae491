import { type DriveInput, restingInput } from "./drive-input.ts";
import { type PadCalibration, readAxis } from "./pad-calibration.ts";
import { shapeStick } from "./shape-stick.ts";

/** One look at a gamepad. `buttons` are pressures, 0 to 1. */
export type PadSnapshot = {
  readonly id: string;
  readonly mapping: string;
  readonly connected: boolean;
  readonly axes: readonly number[];
  readonly buttons: readonly number[];
};

/** Buttons of the standard mapping (W3C Gamepad, section 7), and how far the dead-man trigger must be held. */
const standard = { b: 1, lb: 4, rb: 5, rt: 7, heldFrom: 0.5 } as const;

/** What was pressed at the last look, so that a press counts once. */
export type PadState = { readonly pressed: readonly number[] };

/** What follows from a look. `ready`: false for a pad that needs its calibration first. */
export type PadStep = {
  readonly state: PadState;
  readonly input: DriveInput;
  readonly stop: boolean;
  readonly speed: -1 | 0 | 1;
  readonly ready: boolean;
};

/** Nothing pressed. */
export const noPad: PadState = { pressed: [] };

/**
 * Pure: left stick drives, right stick looks; the right trigger must be held for either to count. LB and RB change the speed, B stops. A pad
 * without the standard mapping does nothing before it is calibrated; one that is gone rests.
 */
export function stepPad(state: PadState, pad: PadSnapshot | null, calibration: PadCalibration | null): PadStep {
  const idle: PadStep = { state: noPad, input: restingInput, stop: false, speed: 0, ready: true };
  if (pad === null || !pad.connected) {
    return idle;
  }
  if (pad.mapping !== "standard" && calibration === null) {
    return { ...idle, ready: false };
  }
  const buttons = calibration?.buttons ?? { deadMan: standard.rt, stop: standard.b, slower: standard.lb, faster: standard.rb };
  const isDown = (button: number): boolean => (pad.buttons[button] ?? 0) >= standard.heldFrom;
  const isNew = (button: number): boolean => isDown(button) && !state.pressed.includes(button);
  const pressed = [buttons.deadMan, buttons.stop, buttons.slower, buttons.faster].filter(isDown);
  const speed = isNew(buttons.faster) ? 1 : isNew(buttons.slower) ? -1 : 0;
  const input = isDown(buttons.deadMan) && !isDown(buttons.stop) ? readSticks(pad, calibration) : restingInput;
  return { state: { pressed }, input, stop: isNew(buttons.stop), speed, ready: true };
}

function readSticks(pad: PadSnapshot, calibration: PadCalibration | null): DriveInput {
  const read = (name: "steer" | "throttle" | "pan" | "tilt", axis: number, sign: number): number =>
    calibration === null ? (pad.axes[axis] ?? 0) * sign : readAxis(calibration.axes[name], pad.axes);
  const drive = shapeStick({ x: read("steer", 0, 1), y: read("throttle", 1, -1) });
  const look = shapeStick({ x: read("pan", 2, 1), y: read("tilt", 3, -1) });
  return { throttle: drive.y, steer: drive.x, pan: look.x, tilt: look.y };
}
