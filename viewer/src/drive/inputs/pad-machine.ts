import { type DriveInput, restingInput } from "./drive-input.ts";
import { isHeld, type PadCalibration, readAxis } from "./pad-calibration.ts";
import { shapeStick } from "./shape-stick.ts";

/** One look at a gamepad. `index` is its place, `buttons` are pressures, 0 to 1, and `touchedAtMs` is when it last changed, monotonic ms. */
export type PadSnapshot = {
  readonly index: number;
  readonly id: string;
  readonly mapping: string;
  readonly connected: boolean;
  readonly axes: readonly number[];
  readonly buttons: readonly number[];
  readonly touchedAtMs: number;
};

/** Buttons of the standard mapping (W3C Gamepad, section 7): right trigger, B, LB, RB. */
const standard: PadCalibration["buttons"] = { deadMan: 7, stop: 1, slower: 4, faster: 5 };

/** Buttons of which a press counts once. */
const pressedOnce = ["stop", "slower", "faster"] as const;

/** What was pressed at the last look. */
export type PadState = { readonly pressed: readonly (typeof pressedOnce)[number][] };

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
 * that was set up is read as its owner said; one without the standard mapping does nothing before. One that is gone rests.
 */
export function stepPad(state: PadState, pad: PadSnapshot, calibration: PadCalibration | null): PadStep {
  const idle: PadStep = { state: noPad, input: restingInput, stop: false, speed: 0, ready: true };
  if (!pad.connected) {
    return idle;
  }
  if (pad.mapping !== "standard" && calibration === null) {
    return { ...idle, ready: false };
  }
  const buttons = calibration?.buttons ?? standard;
  const pressed = pressedOnce.filter((name) => isHeld(buttons[name], pad));
  const isNew = (name: (typeof pressedOnce)[number]): boolean => pressed.includes(name) && !state.pressed.includes(name);
  const speed = isNew("faster") ? 1 : isNew("slower") ? -1 : 0;
  const mayMove = isHeld(buttons.deadMan, pad) && !pressed.includes("stop");
  return { state: { pressed }, input: mayMove ? readSticks(pad, calibration) : restingInput, stop: isNew("stop"), speed, ready: true };
}

function readSticks(pad: PadSnapshot, calibration: PadCalibration | null): DriveInput {
  const read = (name: "steer" | "throttle" | "pan" | "tilt", axis: number, sign: number): number =>
    calibration === null ? (pad.axes[axis] ?? 0) * sign : readAxis(calibration.axes[name], pad.axes);
  const drive = shapeStick({ x: read("steer", 0, 1), y: read("throttle", 1, -1) });
  const look = shapeStick({ x: read("pan", 2, 1), y: read("tilt", 3, -1) });
  return { throttle: drive.y, steer: drive.x, pan: look.x, tilt: look.y };
}
