// Notices that whoever started us is gone, also after kill -9, when no signal reaches us.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const maxAncestors = 3;
const pollMs = 500;

/** Parent of a process, or null when that process is gone. */
function parentOf(pid) {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The program's name stands in brackets and may hold spaces, so count from the last bracket: state, then parent.
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    }
    return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return null;
  }
}

/** The line of processes above us that belongs to this start: us, the shell that npm opened, npm. */
function readAncestors() {
  const line = [process.pid];
  const depth = process.env.npm_lifecycle_event === undefined ? 1 : maxAncestors;
  while (line.length <= depth) {
    const parent = parentOf(line[line.length - 1]);
    if (parent === null || parent <= 1) {
      break;
    }
    line.push(parent);
  }
  // npm's own parent (the person's terminal, a service manager) is not part of the start: its end reaches us as a signal or not at all.
  return process.env.npm_lifecycle_event === undefined ? line.slice(0, 2) : line.slice(0, maxAncestors);
}

/** Calls `onGone` once when a process between npm and us has gone. Returns the function that stops watching. */
export function watchAncestors(onGone) {
  const line = readAncestors();
  const isWhole = () => line.every((pid, index) => index + 1 >= line.length || parentOf(pid) === line[index + 1]);
  const timer = setInterval(() => {
    if (!isWhole()) {
      clearInterval(timer);
      onGone();
    }
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
