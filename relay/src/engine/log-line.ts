import { redactText } from "@helmcast/runtime";

/** One line of the engine's log, told apart: its level in our terms, and its text without secrets. */
export type EngineLine = { readonly level: "debug" | "info" | "warn" | "error"; readonly text: string };

/** MediaMTX's own names, and pino's, which the embedded relay logs with. */
const namedLevels: ReadonlyMap<unknown, EngineLine["level"]> = new Map([
  ["DEB", "debug"],
  ["INF", "info"],
  ["WAR", "warn"],
  ["ERR", "error"],
  ["trace", "debug"],
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warn"],
  ["error", "error"],
  ["fatal", "error"],
]);

/** Fields of a JSON line that the gateway's own log adds anyway, or that are shown as level and text. */
const plainFields: ReadonlySet<string> = new Set(["timestamp", "time", "level", "message", "msg", "name", "pid", "hostname"]);

/** Longer texts are cut: the engine repeats what strangers send. */
const maxTextLength = 1000;

/**
 * Takes out what must not stand in a log: the run's own secrets wherever they are, tokens in URLs and headers (MediaMTX contract,
 * sections 1.1 and 1.8), and bare tokens. Control characters become spaces, so that no line can pretend to be another.
 */
function clean(text: string, secrets: readonly string[]): string {
  let safe = text.replace(/\p{Cc}/gu, " ");
  for (const secret of secrets) {
    safe = secret === "" ? safe : safe.replaceAll(secret, "[redacted]");
  }
  safe = redactText(safe)
    .replace(/\b(token|jwt|password|pass|secret)=[^&\s"']+/gi, "$1=[redacted]")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[redacted]");
  return safe.length > maxTextLength ? `${safe.slice(0, maxTextLength)}…` : safe;
}

function describeField(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) {
    return String(value.message);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readJson(line: string): { level: EngineLine["level"]; text: string } | null {
  if (!line.startsWith("{")) {
    return null;
  }
  try {
    const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const level = namedLevels.get(fields["level"]);
    const text = fields["message"] ?? fields["msg"];
    if (level === undefined || typeof text !== "string") {
      return null;
    }
    const others = Object.entries(fields).filter(([name]) => !plainFields.has(name));
    return { level, text: [text, ...others.map(([name, value]) => `${name}=${describeField(value)}`)].join(" ") };
  } catch {
    return null;
  }
}

/**
 * Reads a line that the engine printed: MediaMTX's structured form, its plain form (`2026/11/21 10:00:00 INF [..] text`, also before its
 * settings are read: `ERR: text`), pino's JSON from the embedded relay, and anything else as it is. Pure.
 */
export function readEngineLine(line: string, from: "stdout" | "stderr", secrets: readonly string[]): EngineLine {
  const json = readJson(line);
  if (json !== null) {
    return { level: json.level, text: clean(json.text, secrets) };
  }
  const plain = /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?(DEB|INF|WAR|ERR):? (.*)$/s.exec(line);
  const level = namedLevels.get(plain?.[1]);
  return level === undefined
    ? { level: from === "stderr" ? "warn" : "info", text: clean(line, secrets) }
    : { level, text: clean(plain?.[2] ?? "", secrets) };
}
