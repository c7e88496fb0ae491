import { readFileSync } from "node:fs";

/** Clock ticks in a second, as Linux shows them to programs on every usual machine (proc(5), `sysconf(_SC_CLK_TCK)`). */
const ticksPerS = 100;

/** Seconds of processor time that a process has used, in user and system mode (proc(5), `stat`). */
export function readCpuS(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The program's name stands in brackets and may hold spaces, so fields are counted from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerS;
}
