import type { DriveState } from "../command/drive-machine.ts";
import { neutral } from "../watchdog/watchdog-machine.ts";

/** True when the state's output is the one constant of standing still: the drive machine tells a change of output by the object, not by its numbers. */
export function isAtRest(state: DriveState): boolean {
  return state.watchdog.output === neutral;
}

/** A state as it was before it was written: with that constant where it stood. @param atRest see {@link isAtRest} */
export function restoreState(state: DriveState, atRest: boolean): DriveState {
  return atRest ? { ...state, watchdog: { ...state.watchdog, output: neutral } } : state;
}
