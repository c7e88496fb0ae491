import { z } from "zod";

/** Least way of an axis between rest and an end that makes it a stick: noise and drift stay below. */
export const leastTravel = 0.3;

const index = z.number().int().min(0).max(63);
const level = z.number().min(-1.5).max(1.5);
const axisSchema = z.object({ axis: index, rest: level, end: level }).refine(({ rest, end }) => Math.abs(end - rest) >= leastTravel);

/** How one pad without the standard mapping is read. `end` is where the axis is when it is pushed ahead, right, right, up. A camera axis may be missing. */
export const padCalibrationSchema = z.object({
  v: z.literal(1),
  axes: z.object({ throttle: axisSchema, steer: axisSchema, pan: axisSchema.nullable(), tilt: axisSchema.nullable() }),
  buttons: z.object({ deadMan: index, stop: index, slower: index, faster: index }),
});
/** How one pad is read. */
export type PadCalibration = z.infer<typeof padCalibrationSchema>;
/** How one axis is read. */
export type PadAxis = z.infer<typeof axisSchema>;

/** Pure: an axis as -1 to 1; 0 for one that is missing. */
export function readAxis(axis: PadAxis | null, axes: readonly number[]): number {
  const value = axis === null ? undefined : axes[axis.axis];
  return axis === null || value === undefined ? 0 : Math.max(-1, Math.min(1, (value - axis.rest) / (axis.end - axis.rest))) || 0;
}

/** The wizard's questions, in order. Camera axes and speed buttons may be skipped. */
export const calibrationSteps = ["rest", "throttle", "steer", "pan", "tilt", "deadMan", "stop", "slower", "faster"] as const;
/** One question of the wizard. */
export type CalibrationStep = (typeof calibrationSteps)[number];

/** What the wizard knows. `step` is null at the end, `result` is there then. `far` is the most travelled axis or button of this step. */
export type Calibration = {
  readonly step: CalibrationStep | null;
  readonly rest: readonly number[];
  readonly axes: { readonly [Name in "throttle" | "steer" | "pan" | "tilt"]?: PadAxis };
  readonly buttons: { readonly [Name in "deadMan" | "stop" | "slower" | "faster"]?: number };
  readonly far: PadAxis | number | null;
  readonly result: PadCalibration | null;
};

/** Before the first question. */
export const newCalibration: Calibration = { step: "rest", rest: [], axes: {}, buttons: {}, far: null, result: null };

/** What the wizard hears: a look at the pad; the person's "next"; or "skip". */
export type CalibrationEvent =
  | { readonly type: "look"; readonly axes: readonly number[]; readonly buttons: readonly number[] }
  | { readonly type: "next" | "skip" };

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
    return ["pan", "tilt", "slower", "faster"].includes(step) ? finish({ ...state, step: next, far: null }) : state;
  }
  if (step === "rest") {
    return state.rest.length === 0 ? state : { ...state, step: next };
  }
  if (far === null) {
    return state;
  }
  const answered =
    typeof far === "number" ? { ...state, buttons: { ...state.buttons, [step]: far } } : { ...state, axes: { ...state.axes, [step]: far } };
  return finish({ ...answered, step: next, far: null });
}

function look(
  state: Calibration,
  step: CalibrationStep,
  { axes, buttons }: { axes: readonly number[]; buttons: readonly number[] },
): Partial<Calibration> {
  if (step === "rest") {
    return { rest: axes };
  }
  if (step === "deadMan" || step === "stop" || step === "slower" || step === "faster") {
    const used = Object.values(state.buttons);
    const button = buttons.findIndex((pressure, at) => pressure >= 0.5 && !used.includes(at));
    return button === -1 ? {} : { far: button };
  }
  const used = Object.values(state.axes).map(({ axis }) => axis);
  const travelled = axes.map((end, axis) => ({ axis, rest: state.rest[axis] ?? 0, end })).filter(({ axis }) => !used.includes(axis));
  const best = travelled.reduce<PadAxis | null>((most, each) => (travel(each) > travel(most) ? each : most), null);
  const known = typeof state.far === "object" ? state.far : null;
  return travel(best) >= leastTravel && travel(best) > travel(known) ? { far: best } : {};
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

/** The part of `localStorage` that is used. */
export type PadStore = { getItem(key: string): string | null; setItem(key: string, value: string): void };

/** Longest pad id that is a key: ids are the maker's text. */
const maxIdLength = 120;

/** The saved calibration of a pad; null when there is none, or what is stored is not one. */
export function readCalibration(store: PadStore, padId: string): PadCalibration | null {
  try {
    const parsed = padCalibrationSchema.safeParse(JSON.parse(store.getItem(keyOf(padId)) ?? "null"));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Saves a pad's calibration; answers whether the browser let it. */
export function saveCalibration(store: PadStore, padId: string, calibration: PadCalibration): boolean {
  try {
    store.setItem(keyOf(padId), JSON.stringify(calibration));
    return true;
  } catch {
    return false;
  }
}

function keyOf(padId: string): string {
  return `helmcast.pad.${padId.slice(0, maxIdLength)}`;
}
