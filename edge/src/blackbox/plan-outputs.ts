import type { MotorOutput } from "../command/drive-machine.ts";

/**
 * What the motors are told for one output: before a start from 0 a line without throttle goes ahead, because their guard wants one after each pause.
 * @param applied what they were told last, null before the first
 */
export function planOutputs(applied: MotorOutput | null, output: MotorOutput): readonly MotorOutput[] {
  return output.throttle !== 0 && (applied?.throttle ?? 0) === 0 ? [{ ...output, throttle: 0 }, output] : [output];
}
