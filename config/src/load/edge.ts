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
  followDrive(raw["cameras"], raw["drive"], dirname(path));
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

  npm run edge -- enrol --relay https://relay.example --code ABCD-EFGH    makes this device known to the relay, once
  npm run edge -- --config edge.yaml                                      runs the agent
  npm run edge -- replay FILE [--chart] [--json]                          runs a recorded black box through the decisions again

enrol trades a one-time code for this device's secret, and writes the secret's file and, where there is none, the settings file:

  --relay URL          the relay's address; else the one in the settings file
  --code CODE          the code that the relay's admin page or "npm run helmcast -- device add" shows; asked for when it is left out
  --scan               reads address and code from a QR code that is held before the camera of the settings file
  --video /dev/video0  with another camera; goes with --scan
  --config FILE        default edge.yaml
  --secret-file FILE   default: the one in the settings file, else .helmcast/device.secret beside it
  --replace            enrols a device anew that has a secret

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

A vehicle. Every type also takes acceptBare (true: commands without an envelope count while nobody holds the lease), maxThrottle (1) and
videoWatch (true: no picture, no driving):

  drive: { type: simulated, logFile: car.jsonl }                # a car that exists in its log only; without logFile it leaves no trace
  drive: { type: picarx }                                       # SunFounder PiCar-X; needs its Python libraries robot-hat and picar-x
  drive: { type: exec, command: [/opt/car/drive] }              # JSON lines {"atMs","throttle","steer","pan","tilt"} on its standard input
  drive: { type: serial, path: /dev/ttyUSB0, baudRate: 115200 } # lines T0.250 S-1.000 P0.0 L0.0; format: json for JSON
  drive: { type: pca9685, throttleChannel: 0, steerChannel: 1 } # also bus, address, frequencyHz, panChannel, tiltChannel, min- and
                                                                # maxPulseUs; needs python3-smbus2
  drive: { type: gpio, left: { forward: 17, backward: 18 }, right: { forward: 22, backward: 23 } } # needs python3-gpiozero

exec, serial and pca9685 take look: { panMin: -90, panMax: 90, tiltMin: -35, tiltMax: 65 } for a camera that moves; picarx, pca9685 and
gpio take python, the Python that has the libraries. The simulated vehicle can be watched from above:

    - id: car
      source: { type: simulated-drive, width: 640, height: 360, fps: 30 }

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

/** A camera that shows the simulated vehicle follows the vehicle's log, unless it names another. */
function followDrive(cameras: unknown, drive: unknown, folder: string): void {
  for (const camera of Array.isArray(cameras) ? cameras : []) {
    const source: unknown = isRecord(camera) ? camera["source"] : undefined;
    if (isRecord(source) && source["type"] === "simulated-drive") {
      resolvePath(source, "logFile", folder);
      source["logFile"] ??= isRecord(drive) ? drive["logFile"] : undefined;
    }
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
