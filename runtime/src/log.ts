import { type DestinationStream, destination, type Logger, pino, stdSerializers } from "pino";
import { prettyFactory } from "pino-pretty";
import { redactLine, redactValue } from "./redact.ts";

/**
 * The log, handed down from the main file; each part binds its own name with `child({...})`.
 * Levels: error = given up, warn = trying again, info = a transition of a life (never more than about one a second), debug = the rest.
 */
export type Log = Logger;

/** How to make a log. */
export type LogOptions = {
  readonly name: string;
  /** Default `info`. */
  readonly level?: "debug" | "info" | "warn" | "error" | "silent";
  /** Lines for people in place of JSON. */
  readonly pretty?: boolean;
  /** Default: stdout. */
  readonly destination?: DestinationStream;
};

/**
 * Makes a log that never shows secrets: fields with a secret's name are replaced at any depth, also in bound fields and errors, and
 * credentials in text (URLs, Bearer headers) are cut out of the finished line.
 */
export function createLog(options: LogOptions): Log {
  const target = options.destination ?? destination({ dest: 1, sync: true });
  const stream = options.pretty === true ? createPrettyStream(target) : target;
  return pino(
    {
      name: options.name,
      level: options.level ?? "info",
      timestamp: pino.stdTimeFunctions.isoTime,
      base: {},
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactObject(fields),
      },
      serializers: { err: serializeError },
      hooks: { streamWrite: redactLine },
    },
    stream,
  );
}

/** A log that writes nothing, for tests. */
export function silentLog(): Log {
  return createLog({ name: "test", level: "silent", destination: { write: () => undefined } });
}

/** Runs in this process and at once, not in a worker, so that the last lines before an exit are never lost. */
function createPrettyStream(target: DestinationStream): DestinationStream {
  const format = prettyFactory({ colorize: false, translateTime: "SYS:HH:MM:ss.l", singleLine: true });
  return { write: (line) => target.write(format(line)) };
}

function redactObject(fields: object): Record<string, unknown> {
  const clean = redactValue(fields);
  return typeof clean === "object" && clean !== null ? { ...clean } : {};
}

function serializeError(error: unknown): unknown {
  return error instanceof Error ? redactValue({ ...stdSerializers.err(error) }) : redactValue(error);
}
