import { readdirSync, readFileSync } from "node:fs";

/** One process of this machine. The start time tells it from a later one with the same id. */
export type ProcessEntry = {
  readonly pid: number;
  readonly parentPid: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
  readonly args: readonly string[];
};

/**
 * Every process below `rootPid`, and every one whose environment holds `mark`, whoever its parent is now. Zombies are gone for this purpose.
 * @param mark text that only the environment of this copy's processes holds, its data folder
 */
export function findFamily(rootPid: number, mark: string): readonly ProcessEntry[] {
  const table = readTable();
  const family = new Map<number, ProcessEntry>();
  const visit = (pid: number): void => {
    for (const entry of table.filter((candidate) => candidate.parentPid === pid && !family.has(candidate.pid))) {
      family.set(entry.pid, entry);
      visit(entry.pid);
    }
  };
  visit(rootPid);
  for (const entry of table) {
    if (entry.pid !== process.pid && readProc(entry.pid, "environ").includes(mark)) {
      family.set(entry.pid, entry);
      visit(entry.pid);
    }
  }
  return [...family.values()];
}

/** True while this very process runs. */
export function isRunning(entry: ProcessEntry): boolean {
  return readEntry(entry.pid)?.startTicks === entry.startTicks;
}

function readTable(): readonly ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => {
    const entry = /^\d+$/.test(name) ? readEntry(Number(name)) : null;
    return entry === null ? [] : [entry];
  });
}

function readEntry(pid: number): ProcessEntry | null {
  const stat = readProc(pid, "stat");
  // The program's name stands in brackets and may hold spaces, so fields are counted from the last bracket (proc(5)).
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = rest[17];
  if (stat === "" || state === "Z" || state === "X" || startTicks === undefined) {
    return null;
  }
  const args = readProc(pid, "cmdline").split("\0").slice(0, -1);
  return { pid, parentPid: Number(parent), startTicks, args };
}

/** A file of /proc as text; empty when the process is gone or is somebody else's. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
