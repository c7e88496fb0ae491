import { z } from "zod";

/** Least way of an axis between rest and an end that makes it a stick: noise and drift stay below. */
export const leastTravel = 0.3;

/**
 * How far a button must be pressed, 0 to 1; and how far an axis that is read as a button must be pulled, 0 at rest. The second is more than half: a
 * trigger that rests at -1 is told as 0 until it was first touched.
 */
const heldFrom = { button: 0.5, axis: 0.6 } as const;

const index = z.number().int().min(0).max(63);
const level = z.number().min(-1.5).max(1.5);
const axisSchema = z.object({ axis: index, rest: level, end: level }).refine(({ rest, end }) => Math.abs(end - rest) >= leastTravel);
const buttonSchema = z.union([index, axisSchema]);

/**
 * How one pad is read. `end` is where the axis is when it is pushed ahead, right, right, up. A camera axis may be missing. Many pads tell their
 * triggers as axes, so a button may be one.
 */
export const padCalibrationSchema = z.object({
  v: z.literal(1),
  axes: z.object({ throttle: axisSchema, steer: axisSchema, pan: axisSchema.nullable(), tilt: axisSchema.nullable() }),
  buttons: z.object({ deadMan: buttonSchema, stop: buttonSchema, slower: buttonSchema, faster: buttonSchema }),
});
/** How one pad is read. */
export type PadCalibration = z.infer<typeof padCalibrationSchema>;
/** How one axis is read. */
export type PadAxis = z.infer<typeof axisSchema>;
/** How one button is read: by its number, or as an axis. */
export type PadButton = z.infer<typeof buttonSchema>;

/** Pure: an axis as -1 to 1; 0 for one that is missing. */
export function readAxis(axis: PadAxis | null, axes: readonly number[]): number {
  const value = axis === null ? undefined : axes[axis.axis];
  return axis === null || value === undefined ? 0 : Math.max(-1, Math.min(1, (value - axis.rest) / (axis.end - axis.rest))) || 0;
}

/** Pure: whether a button is held; one that is missing is not. */
export function isHeld(button: PadButton, pad: { readonly axes: readonly number[]; readonly buttons: readonly number[] }): boolean {
  return typeof button === "number" ? (pad.buttons[button] ?? 0) >= heldFrom.button : readAxis(button, pad.axes) >= heldFrom.axis;
}
