import { readFileSync } from "node:fs";
import { AppError } from "@helmcast/config";
import { parse } from "yaml";
import type { z } from "zod";
import type { EmbeddedSettings, PathEntry, PathOptions } from "./embedded-settings.ts";
import { ignoredTopKeys } from "./known-keys.ts";
import { defaultPathOptions, parsePathPatch } from "./path-options.ts";
import { type FileSettings, fileSchema } from "./schema.ts";

/** Longest settings file, bytes; the real one is a few kilobytes. */
const maxFileBytes = 1024 * 1024;

/** The settings, and the keys of the file that have no effect here. */
export type LoadedSettings = { readonly settings: EmbeddedSettings; readonly ignored: readonly string[] };

/** Reads `mediamtx.yml`. Throws AppError HC_EMBEDDED_SETTINGS with every fault in one text. */
export function loadSettings(file: string): LoadedSettings {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("HC_EMBEDDED_SETTINGS", { detail: `'${file}' can't be read.`, cause });
  }
  return parseSettings(text);
}

/** Reads the text of a `mediamtx.yml`. Throws AppError HC_EMBEDDED_SETTINGS. */
export function parseSettings(text: string): LoadedSettings {
  const raw = parseYaml(text);
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map(describeIssue));
  }
  const file: FileSettings = parsed.data;
  const ignoredTop = ignoredTopKeys.filter((key) => key in raw);
  const { pathDefaults, paths, ignored } = readPaths(file);
  return { settings: Object.freeze({ ...arrange(file, raw), pathDefaults, paths }), ignored: [...ignoredTop, ...ignored] };
}

function parseYaml(text: string): Readonly<Record<string, unknown>> {
  if (text.length > maxFileBytes) {
    throw refuse([`the file is longer than ${maxFileBytes} bytes`]);
  }
  try {
    const raw: unknown = parse(text, { maxAliasCount: 0 }) ?? {};
    if (typeof raw === "object" && !Array.isArray(raw)) {
      return raw as Readonly<Record<string, unknown>>;
    }
  } catch (cause) {
    throw new AppError("HC_EMBEDDED_SETTINGS", { detail: "It is not YAML.", cause });
  }
  throw refuse(["it must be a map of keys"]);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `unknown key ${issue.keys.map((key) => `'${[...issue.path, key].join(".")}'`).join(", ")}`;
  }
  const detail = issue.code === "invalid_union" ? (issue.errors.flat().at(-1)?.message ?? issue.message) : issue.message;
  return `${issue.path.join(".")}: ${detail}`;
}

function refuse(faults: readonly string[]): AppError {
  return new AppError("HC_EMBEDDED_SETTINGS", { detail: `${faults.join("; ")}.` });
}

function readPaths(file: FileSettings): { pathDefaults: PathOptions; paths: readonly PathEntry[]; ignored: readonly string[] } {
  const faults: string[] = [];
  const ignored = new Set<string>();
  const read = (where: string, body: unknown, base: PathOptions): PathOptions => {
    const patch = parsePathPatch(body);
    if (!patch.ok) {
      faults.push(`${where}: ${patch.error}`);
      return base;
    }
    for (const key of patch.ignored) {
      ignored.add(`${where}.${key}`);
    }
    return Object.freeze({ ...base, ...patch.options });
  };
  const pathDefaults = read("pathDefaults", file.pathDefaults, defaultPathOptions);
  const entries = Object.entries(file.paths ?? {});
  const paths = entries.map(([name, body]) => Object.freeze({ name, options: read(`paths.${name}`, body, pathDefaults) }));
  if (faults.length > 0) {
    throw refuse(faults);
  }
  return { pathDefaults, paths: Object.freeze(paths), ignored: [...ignored] };
}

function arrange(file: FileSettings, raw: Readonly<Record<string, unknown>>): Omit<EmbeddedSettings, "pathDefaults" | "paths"> {
  const timeouts = { readTimeoutMs: file.readTimeout, writeTimeoutMs: file.writeTimeout };
  return {
    logLevel: file.logLevel,
    ...timeouts,
    auth: Object.freeze({
      callbackUrl: file.authHTTPAddress,
      exclude: Object.freeze(file.authHTTPExclude.map((item) => Object.freeze({ action: item.action, path: item.path ?? "" }))),
    }),
    api: file.api ? file.apiAddress : null,
    metrics: file.metrics ? file.metricsAddress : null,
    rtsp: file.rtsp ? file.rtspAddress : null,
    hls: file.hls ? Object.freeze({ ...arrangeHls(file), ...timeouts }) : null,
    webrtc: file.webrtc ? Object.freeze({ ...arrangeWebrtc(file), ...timeouts }) : null,
    raw: Object.freeze({ ...raw }),
  };
}

function arrangeHls(file: FileSettings): Omit<NonNullable<EmbeddedSettings["hls"]>, "readTimeoutMs" | "writeTimeoutMs"> {
  return {
    address: file.hlsAddress,
    segmentCount: file.hlsSegmentCount,
    segmentDurationMs: file.hlsSegmentDuration,
    partDurationMs: file.hlsPartDuration,
    segmentMaxBytes: file.hlsSegmentMaxSize,
    alwaysRemux: file.hlsAlwaysRemux,
    muxerCloseAfterMs: file.hlsMuxerCloseAfter,
    cdnSecret: file.hlsCDNSecret === "" ? null : file.hlsCDNSecret,
    allowOrigins: Object.freeze(file.hlsAllowOrigins),
  };
}

function arrangeWebrtc(file: FileSettings): Omit<NonNullable<EmbeddedSettings["webrtc"]>, "readTimeoutMs" | "writeTimeoutMs"> {
  return {
    address: file.webrtcAddress,
    localUdp: file.webrtcLocalUDPAddress,
    localTcp: file.webrtcLocalTCPAddress,
    ipsFromInterfaces: file.webrtcIPsFromInterfaces,
    ipsFromInterfacesList: Object.freeze(file.webrtcIPsFromInterfacesList),
    additionalHosts: Object.freeze(file.webrtcAdditionalHosts),
    iceServers: Object.freeze(file.webrtcICEServers2.map((server) => Object.freeze(server))),
    handshakeTimeoutMs: file.webrtcHandshakeTimeout,
    trackGatherTimeoutMs: file.webrtcTrackGatherTimeout,
    allowOrigins: Object.freeze(file.webrtcAllowOrigins),
  };
}
