import { constants } from "node:os";

/** How a child ended. One of the two is always null; both are when the end could not be learnt. */
export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Shells report death by signal n as 128+n (POSIX.1-2024, Shell Command Language, 2.8.2). */
const signalBase = 128;

/** Exit code for a command that could not be found or started, as shells give it. */
export const notStartedCode = 127;

const signalNames: readonly string[] = Object.keys(constants.signals);

/** Turns a shell's status back into a code or a signal name. 128+n for an n that is no signal, for example ffmpeg's 255, stays a code. */
export function readShellStatus(status: number): ChildExit {
  const name = signalNames.find((candidate) => Reflect.get(constants.signals, candidate) === status - signalBase);
  return isSignal(name) ? { code: null, signal: name } : { code: status, signal: null };
}

/** Says how a child ended, for a log line: `code 1`, `signal SIGKILL` or `unknown`. */
export function describeExit(exit: ChildExit): string {
  if (exit.signal !== null) {
    return `signal ${exit.signal}`;
  }
  return exit.code === null ? "unknown" : `code ${exit.code}`;
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && name in constants.signals;
}
