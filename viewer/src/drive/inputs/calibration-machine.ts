import { leastTravel, type PadAxis, type PadButton, type PadCalibration, padCalibrationSchema } from "./pad-calibration.ts";
import type { PadSnapshot } from "./pad-machine.ts";

/** The wizard's questions, in order. Camera axes and speed buttons may be skipped. */
export const calibrationSteps = ["rest", "throttle", "steer", "pan", "tilt", "deadMan", "stop", "slower", "faster"] as const;
/** One question of the wizard. */
export type CalibrationStep = (typeof calibrationSteps)[number];
type StickStep = "throttle" | "steer" | "pan" | "tilt";
type ButtonStep = "deadMan" | "stop" | "slower" | "faster";

/** Least way of an axis that is heard as a button: a trigger's whole way, not a stick that was brushed. */
const leastPull = 0.8;

/** What the wizard knows. `step` is null at the end, `result` is there then. `far` is the most travelled axis, or the button, of this step. */
export type Calibration = {
  readonly step: CalibrationStep | null;
  readonly rest: readonly number[];
  readonly axes: { readonly [Name in StickStep]?: PadAxis };
  readonly buttons: { readonly [Name in ButtonStep]?: PadButton };
  readonly far: PadButton | null;
  readonly result: PadCalibration | null;
};

/** Before the first question. */
export const newCalibration: Calibration = { step: "rest", rest: [], axes: {}, buttons: {}, far: null, result: null };

/** One look at the pad. */
type Look = { readonly axes: readonly number[]; readonly buttons: readonly number[] };

/** What the wizard hears: a look at the pad; the person's "next"; or "skip". */
export type CalibrationEvent = ({ readonly type: "look" } & Look) | { readonly type: "next" | "skip" };

/** Pure: whether a question may be left without an answer. */
export function maySkip(step: CalibrationStep): boolean {
  return step === "pan" || step === "tilt" || step === "slower" || step === "faster";
}

/** Pure: the wizard's next state. "Next" without an answer, and "skip" where it is not allowed, change nothing. */
export function stepCalibration(state: Calibration, event: CalibrationEvent): Calibration {
  if (state.step === null) {
    return state;
  }
  if (event.type === "look") {
    return { ...state, ...look(state, state.step, event) };
  }
  const { step, far } = state;
  const next = calibrationSteps[calibrationSteps.indexOf(step) + 1] ?? null;
  if (event.type === "skip") {
    return maySkip(step) ? finish({ ...state, step: next, far: null }) : state;
  }
  if (step === "rest") {
    return state.rest.length === 0 ? state : { ...state, step: next };
  }
  if (far === null) {
    return state;
  }
  const answered = isStick(step)
    ? { ...state, axes: { ...state.axes, [step]: far } }
    : { ...state, buttons: { ...state.buttons, [step]: far } };
  return finish({ ...answered, step: next, far: null });
}

function isStick(step: CalibrationStep): step is StickStep {
  return step === "throttle" || step === "steer" || step === "pan" || step === "tilt";
}

function look(state: Calibration, step: CalibrationStep, { axes, buttons }: Look): Partial<Calibration> {
  if (step === "rest") {
    return { rest: axes };
  }
  const far = isStick(step) ? findAxis(state, axes, leastTravel) : (findButton(state, buttons) ?? findAxis(state, axes, leastPull));
  return far === null ? {} : { far };
}

function findButton({ buttons: known }: Calibration, buttons: readonly number[]): number | null {
  const used: readonly PadButton[] = Object.values(known);
  const button = buttons.findIndex((pressure, at) => pressure >= 0.5 && !used.includes(at));
  return button === -1 ? null : button;
}

/** The most travelled axis that answers no other question; null when none went further than what is known of this step. */
function findAxis(state: Calibration, axes: readonly number[], least: number): PadAxis | null {
  const used = [...Object.values(state.axes), ...Object.values(state.buttons)].map((each) => (typeof each === "number" ? null : each.axis));
  const travelled = axes.map((end, axis) => ({ axis, rest: state.rest[axis] ?? 0, end })).filter(({ axis }) => !used.includes(axis));
  const best = travelled.reduce<PadAxis | null>((most, each) => (travel(each) > travel(most) ? each : most), null);
  // A button that was heard stays: a pad may tell one trigger in both ways.
  const knownTravel = typeof state.far === "number" ? Number.POSITIVE_INFINITY : travel(state.far);
  return travel(best) >= least && travel(best) > knownTravel ? best : null;
}

function travel(axis: PadAxis | null): number {
  return axis === null ? 0 : Math.abs(axis.end - axis.rest);
}

/** Skipped buttons get a number that no pad has, so that they are never pressed. */
function finish(state: Calibration): Calibration {
  const { axes, buttons } = state;
  if (state.step !== null) {
    return state;
  }
  const named = { deadMan: buttons.deadMan, stop: buttons.stop, slower: buttons.slower ?? 62, faster: buttons.faster ?? 63 };
  const parsed = padCalibrationSchema.safeParse({
    v: 1,
    axes: { throttle: axes.throttle, steer: axes.steer, pan: axes.pan ?? null, tilt: axes.tilt ?? null },
    buttons: named,
  });
  return parsed.success ? { ...state, result: parsed.data } : newCalibration;
}

/** A pad of the wizard: its place and its maker's text. */
export type PadName = { readonly index: number; readonly id: string };

/** Pure: the pad that is set up: at first the one that was touched last, and from then on (`chosen`) that very one; null while it is gone. */
export function choosePad(pads: readonly PadSnapshot[], chosen: PadName | null): PadSnapshot | null {
  if (chosen !== null) {
    return pads.find(({ index, id }) => index === chosen.index && id === chosen.id) ?? null;
  }
  return pads.reduce<PadSnapshot | null>((last, pad) => (last === null || pad.touchedAtMs > last.touchedAtMs ? pad : last), null);
}
