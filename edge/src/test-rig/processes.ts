import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Ids of living processes whose command line holds all of `texts`. Zombies have no command line. */
export function findProcesses(...texts: string[]): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const line = commandLine(pid);
      return pid !== process.pid && texts.every((text) => line.includes(text));
    });
}

/** Ids of ffmpeg itself, not of the shells around it, whose command line holds `text`. */
export function findFfmpeg(text: string): number[] {
  return findProcesses(text).filter((pid) => /^(?:\/\S*\/)?ffmpeg$/.test(commandLine(pid).split(" ")[0] ?? ""));
}

/** Paths of the files that a process has open; none when it is gone. */
export function findOpenFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
