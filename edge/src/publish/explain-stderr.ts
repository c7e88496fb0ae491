/** Why a run of ffmpeg ended, for the owner to choose how long to wait and for a person to read. */
export type FailureKind =
  | "camera-busy"
  | "camera-missing"
  | "camera-program"
  | "unauthorized"
  | "refused"
  | "relay"
  | "encoder"
  | "stalled"
  | "unknown";

/** A failure in one sentence. */
export type Failure = { readonly kind: FailureKind; readonly sentence: string };

type Rule = { readonly pattern: RegExp; readonly kind: FailureKind; readonly sentence: (match: RegExpExecArray) => string };

/** Texts seen from ffmpeg 5.1 and the kernel; the first rule that fits any line wins, so the cause stands before its consequences. */
const rules: readonly Rule[] = [
  {
    pattern: /Device or resource busy/i,
    kind: "camera-busy",
    sentence: () => "The camera is in use by another program. Close that program; the agent tries again by itself.",
  },
  {
    pattern: /No such device/i,
    kind: "camera-missing",
    sentence: () => "The camera is gone. Plug it in again; the agent tries again by itself.",
  },
  {
    pattern: /(?:sh|\/bin\/sh): \d+: (.{1,80}): not found/,
    kind: "camera-program",
    sentence: (match) => `The camera's program ${match[1] ?? ""} is not installed, or the settings name it wrongly.`,
  },
  {
    pattern: /the camera program ended with code (\d+)/,
    kind: "camera-program",
    sentence: (match) => `The camera's program ended with code ${match[1] ?? "?"}.`,
  },
  {
    pattern: /\/dev\/\S+: No such file or directory/,
    kind: "camera-missing",
    sentence: () => "The camera's device file does not exist. Check that it is plugged in.",
  },
  {
    pattern: /\b401 Unauthorized\b|authorization failed/i,
    kind: "unauthorized",
    sentence: () => "The relay refuses this device's stream (401).",
  },
  {
    pattern: /Unknown encoder|Encoder .* not found|Could not find a valid device|Error while opening encoder/i,
    kind: "encoder",
    sentence: () => "ffmpeg cannot open the encoder. Install an ffmpeg with libx264.",
  },
  {
    pattern: /\b4\d\d [A-Z]/,
    kind: "refused",
    sentence: () => "The relay refuses this stream. Look at its log for the reason.",
  },
  {
    pattern: /Connection refused|Connection reset|Connection timed out|No route to host|Broken pipe|Network is unreachable/i,
    kind: "relay",
    sentence: () => "The connection to the relay broke or cannot be made. The agent tries again by itself.",
  },
];

/** Lines of standard error that are kept, and how much of each: enough for a cause, and a bound for a babbling camera driver. */
const keptLines = 20;
const keptLineLength = 300;

/** The last lines of ffmpeg's standard error. */
export class StderrTail {
  readonly #lines: string[] = [];

  /** Keeps a line, and lets the oldest go beyond 20. */
  add(line: string): void {
    this.#lines.push(line.slice(0, keptLineLength));
    if (this.#lines.length > keptLines) {
      this.#lines.shift();
    }
  }

  /** The kept lines, oldest first. */
  lines(): readonly string[] {
    return this.#lines;
  }
}

/** Turns the last lines into a sentence; an unknown failure quotes the last line. */
export function explainStderr(lines: readonly string[]): Failure {
  for (const rule of rules) {
    for (const line of lines) {
      const match = rule.pattern.exec(line);
      if (match !== null) {
        return { kind: rule.kind, sentence: rule.sentence(match) };
      }
    }
  }
  const last = lines.at(-1);
  return { kind: "unknown", sentence: last === undefined ? "ffmpeg ended without a word." : `ffmpeg ended: ${last.slice(0, 200)}` };
}
