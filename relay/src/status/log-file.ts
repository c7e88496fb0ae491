import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Size at which the log file becomes `<file>.1` and a new one starts: at most twice this is kept. */
const maxLogBytes = 5 * 1024 * 1024;

/** Where log lines go: all into a file of bounded size, warnings and errors to stderr besides. */
export type LogDestination = { write(line: string): void };

/** Levels that stderr shows. */
const loudLevels = ['"level":"warn"', '"level":"error"', '"level":"fatal"'];

/**
 * Opens the log file (0600, since it names people and addresses).
 * @param toStderr writes one line where the person sees it
 */
export function createLogDestination(file: string, toStderr: (line: string) => void): LogDestination {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let bytes = sizeOf(file);
  let broken = false;
  const append = (line: string) => {
    if (bytes > maxLogBytes) {
      renameSync(file, `${file}.1`);
      bytes = 0;
    }
    appendFileSync(file, line, { mode: 0o600 });
    bytes += Buffer.byteLength(line);
  };
  return {
    write(line) {
      if (loudLevels.some((level) => line.includes(level))) {
        toStderr(line);
      }
      try {
        append(line);
        broken = false;
      } catch (error) {
        // A full disk must not end the relay; it is said once, until writing works again.
        if (!broken) {
          toStderr(`The log file ${file} cannot be written: ${String(error)}\n`);
        }
        broken = true;
      }
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
