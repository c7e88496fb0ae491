import { readFileSync } from "node:fs";

/** The memory that a process holds in RAM now, in MiB (proc(5), VmRSS). */
export function readRssMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}
