/** A program and its arguments, ready to be started. */
export type CommandLine = { readonly command: string; readonly args: readonly string[] };

/**
 * ffmpeg, with a feeding program before it where the camera needs one. The two are joined by the kernel's own pipe, made by `sh`: raw
 * 720p30 is 41 MB/s, which has no business in this process. They live and die together: ffmpeg sees the end of its input when the
 * program ends, the program gets SIGPIPE with its next frame when ffmpeg ends, and a program that neither writes nor ends is caught as
 * a stall. Both are in one process group, which the supervisor ends as a whole.
 */
export function buildCommandLine(ffmpegPath: string, ffmpegArgs: readonly string[], feeder: readonly string[] | null): CommandLine {
  if (feeder === null) {
    return { command: ffmpegPath, args: ffmpegArgs };
  }
  const feed = feeder.map(quote).join(" ");
  const encode = [ffmpegPath, ...ffmpegArgs].map(quote).join(" ");
  return { command: "/bin/sh", args: ["-c", `{ ${feed} </dev/null; echo "${feederEndedText} $?" >&2; } | exec ${encode}`] };
}

/** The line on standard error that says how the feeding program ended; its exit code follows. */
export const feederEndedText = "helmcast: the camera program ended with code";

/** Single quotes take everything literally but a single quote (POSIX shell, section 2.2.2). */
function quote(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
