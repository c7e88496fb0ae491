import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { type EdgeSettings, edgeSettingsSchema } from "../schema/edge.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { LoadInput } from "./load-settings.ts";
import { parseFlags } from "./parse-flags.ts";
import { readSettingsFile } from "./read-settings-file.ts";

/** The settings, or every fault at once in sentences that name the key, the value and what is allowed. */
export type EdgeLoadResult =
  | { readonly ok: true; readonly settings: EdgeSettings; readonly sources: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

const environmentKeys = {
  HELMCAST_EDGE_RELAY_URL: ["relay", "url"],
  HELMCAST_EDGE_SECRET_FILE: ["relay", "secretFile"],
  HELMCAST_EDGE_LOG_LEVEL: ["logLevel"],
} as const;

/**
 * Loads the edge agent's settings: defaults, then the file named by `--config`, then the environment. Paths in the file start from the
 * file's folder, paths in the environment from `cwd`.
 */
export function loadEdgeSettings(input: LoadInput): EdgeLoadResult {
  const flags = parseFlags(input.argv, ["--config"]);
  const file = flags.values.get("--config");
  if (file === undefined || flags.faults.length > 0) {
    return {
      ok: false,
      faults: flags.faults.length > 0 ? flags.faults : ["--config is missing: name the settings file, for example --config edge.yaml"],
    };
  }
  const path = resolve(input.cwd, file);
  const content = readSettingsFile(path);
  if (!content.ok) {
    return { ok: false, faults: [content.fault] };
  }
  const raw: Record<string, unknown> = Object.fromEntries(content.values);
  const sources = [path];
  resolvePath(raw["relay"], "secretFile", dirname(path));
  resolvePath(raw["drive"], "logFile", dirname(path));
  for (const [name, keys] of Object.entries(environmentKeys)) {
    const value = input.env[name];
    if (value !== undefined && value !== "") {
      setPath(raw, keys, name.endsWith("_FILE") ? resolve(input.cwd, value) : value);
      sources.push(name);
    }
  }
  const parsed = edgeSettingsSchema.safeParse(raw);
  if (!parsed.success) {
    return { ok: false, faults: parsed.error.issues.flatMap((issue) => describeIssue(issue, raw)) };
  }
  return { ok: true, settings: deepFreeze(parsed.data), sources };
}

/** The text that `--help` prints. */
export function edgeHelp(): string {
  return `Helmcast edge agent: publishes this device's cameras to the relay and takes its commands.

  node edge/src/main.ts --config edge.yaml

Settings file, the smallest one:

  device: picarx
  relay:
    url: http://relay.example:8080
    secretFile: /etc/helmcast/picarx.secret    # chmod 600
  cameras:
    - id: front
      source: { type: test }

A camera with everything said:

    - id: front
      name: Front camera
      source: { type: test, width: 1280, height: 720, fps: 30 }
      bitrateKbps: 1500
      gopMs: 500        # 100 to 1000
      stamp: true       # time strip at the bottom edge, read and cropped by the viewer

A program that writes raw frames to its standard output. It gets the environment without the variables whose names end in PASSWORD, SECRET
or TOKEN; give it a password by a file:

    - id: csi
      source:
        type: exec
        command: [rpicam-vid, -t, "0", -n, --codec, yuv420, --width, "1280", --height, "720", --framerate, "30", -o, "-"]
        format: rawvideo
        pixelFormat: yuv420p
        width: 1280
        height: 720
        fps: 30

A simulated vehicle that obeys drive commands:

  drive: { type: simulated }

Environment, stronger than the file:
  HELMCAST_EDGE_RELAY_URL     relay.url
  HELMCAST_EDGE_SECRET_FILE   relay.secretFile
  HELMCAST_EDGE_LOG_LEVEL     debug, info, warn, error or silent
`;
}

function resolvePath(section: unknown, key: string, folder: string): void {
  if (isRecord(section) && typeof section[key] === "string") {
    section[key] = resolve(folder, section[key]);
  }
}

function setPath(target: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [first, ...rest] = keys;
  if (first === undefined) {
    return;
  }
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const existing = target[first];
  const next: Record<string, unknown> = isRecord(existing) ? existing : {};
  target[first] = next;
  setPath(next, rest, value);
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${joinKey([...issue.path, key])}: is not a setting of the edge agent`);
  }
  const value = issue.path.reduce<unknown>((at, key) => (isRecord(at) || Array.isArray(at) ? Reflect.get(at, key) : undefined), raw);
  const said = value === undefined ? "is missing" : `is ${hideCredential(JSON.stringify(value) ?? String(value)).slice(0, 80)}`;
  return [`${joinKey(issue.path)}: ${said}; ${issue.message}`];
}

/** A fault ends up in logs, so an address in it loses its user and password. */
function hideCredential(text: string): string {
  return text.replaceAll(/\/\/[^/"@]*@/g, "//(hidden)@");
}

function joinKey(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "settings" : path.map(String).join(".");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
