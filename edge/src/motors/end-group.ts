import type { Clock } from "@helmcast/runtime";

/** How often it is looked whether a group is gone, ms. */
const lookEveryMs = 5;

/** Resolves when a process group is gone: by itself within `graceMs`, else by KILL, after which none of it runs another instruction. */
export async function endGroup(group: number | null, graceMs: number, clock: Clock): Promise<void> {
  const endMs = clock.monotonicMs() + graceMs;
  while (group !== null && signalGroup(group, 0)) {
    if (clock.monotonicMs() >= endMs) {
      killGroup(group);
      return;
    }
    await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
  }
}

/** Kills a process group at once, also a halted one. A group that is gone is no error. */
export function killGroup(group: number | null): void {
  if (group !== null) {
    signalGroup(group, "SIGKILL");
  }
}

/** False when the group is gone: ESRCH, or EPERM on macOS while only zombies are left. */
function signalGroup(group: number, signal: "SIGKILL" | 0): boolean {
  // An id of -1 stands for a child that did not start, and kill(2) takes -1 for every process there is.
  if (!Number.isInteger(group) || group <= 1) {
    return false;
  }
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
