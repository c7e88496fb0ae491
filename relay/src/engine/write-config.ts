import { idPattern, type Ports } from "@helmcast/config";
import { Document, type Pair, type Scalar } from "yaml";
import { type EngineVersion, firstVersionWithMoq, isAtLeast } from "./find/engine-version.ts";

/** Secrets of one run. They live in memory and in the settings file of mode 0600, nowhere else. */
export type EngineSecrets = {
  /** Last part of the auth callback's address. */
  readonly callback: string;
  /** Basic password of the gateway at the engine's API and metrics. */
  readonly api: string;
  /** Bearer secret of HLS CDN mode. */
  readonly hlsCdn: string;
};

/** Basic user of the gateway at the engine's API and metrics. */
export const apiUser = "gateway";

/** What the settings file depends on. */
export type ConfigInput = {
  readonly ports: Ports;
  /** Address that RTSP listens on; `0.0.0.0` and `::` mean every interface. */
  readonly host: string;
  readonly publicHosts: readonly string[];
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  readonly secrets: EngineSecrets;
  /** Null for the embedded relay, which takes every key of the pinned release. */
  readonly version: EngineVersion | null;
  /** Read buffer of the media socket in bytes, 0 for the system's own; MediaMTX does not start when the system refuses it. */
  readonly udpReadBufferBytes: number;
};

/** The largest read buffer that is asked for: one second of a 8 Mbit/s stream that comes in over WHIP. */
export const wantedUdpReadBufferBytes = 1024 * 1024;

/** One settings key, its value, and why. The order is the file's order. */
type Line = readonly [key: string, value: unknown, why?: string];

function loopback(port: number): string {
  return `127.0.0.1:${port}`;
}

/** Writes an address as MediaMTX reads it. */
function listenAddress(host: string, port: number): string {
  if (host === "0.0.0.0" || host === "::") {
    return `:${port}`;
  }
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** MediaMTX prints Authorization headers at debug (MediaMTX contract, section 1.8), so that level is never asked for. */
function engineLogLevel(level: ConfigInput["logLevel"]): "info" | "warn" | "error" {
  const levels = { debug: "info", info: "info", warn: "warn", error: "error", silent: "error" } as const;
  return levels[level];
}

function offLines(version: EngineVersion | null): Line[] {
  const off: Line[] = [
    ["rtmp", false, "Helmcast does not use these protocols; what is off can't be attacked."],
    ["srt", false],
    ["playback", false],
    ["pprof", false],
  ];
  return version === null || isAtLeast(version, firstVersionWithMoq) ? [...off, ["moq", false]] : off;
}

function commonLines(input: ConfigInput): Line[] {
  return [
    ["logLevel", engineLogLevel(input.logLevel), "Never debug: it prints passwords."],
    ["logDestinations", ["stdout"], "The gateway reads the log line by line, as JSON."],
    ["logStructured", true],
    ["writeQueueSize", 1024, "Packets that a slow reader may be behind; a key frame of 1 MB fits."],
    ["udpReadBufferSize", input.udpReadBufferBytes, "Loses fewer packets of talkback; as large as this system allows, up to 1 MiB."],
    ["authMethod", "http", "The gateway decides on every publish, read and API call; no answer means no."],
    ["authHTTPAddress", `http://${loopback(input.ports.callback)}/engine/auth/${input.secrets.callback}`],
    ["authHTTPExclude", [], "API and metrics are asked about as well; the default would leave them open."],
    ["api", true, "The gateway's own door, on loopback only."],
    ["apiAddress", loopback(input.ports.engineApi)],
    ["apiAllowOrigins", [], "No web page may talk to the engine itself; everything goes through the gateway."],
    ["metrics", true],
    ["metricsAddress", loopback(input.ports.engineMetrics)],
    ["metricsAllowOrigins", []],
  ];
}

function mediaLines(input: ConfigInput): Line[] {
  const { ports, secrets } = input;
  return [
    ["rtsp", true, "Cameras publish here, over TCP only: one port to open, nothing lost on the way."],
    ["rtspAddress", listenAddress(input.host, ports.rtsp)],
    ["rtspTransports", ["tcp"]],
    ["rtspEncryption", "no"],
    ["rtspAuthMethods", ["basic"], "The callback needs the plain token, which digest would hide."],
    ["hls", true, "Low-latency HLS for the gateway alone; the CDN secret is its key."],
    ["hlsAddress", loopback(ports.hls)],
    ["hlsAllowOrigins", []],
    ["hlsAlwaysRemux", true, "A viewer that falls back from WebRTC starts at once instead of waiting for a segment."],
    ["hlsVariant", "lowLatency"],
    ["hlsSegmentCount", 7],
    ["hlsSegmentDuration", "1s", "Edges send a key frame at least this often; Apple players stop when the duration grows."],
    ["hlsPartDuration", "200ms", "Shorter parts make players unsteady."],
    ["hlsCDNSecret", secrets.hlsCdn],
    ["webrtc", true, "WHEP and WHIP signalling on loopback; the media itself on one public port, by UDP and TCP."],
    ["webrtcAddress", loopback(ports.webrtc)],
    ["webrtcAllowOrigins", []],
    [
      "webrtcLocalUDPAddress",
      `:${ports.webrtcMedia}`,
      "On every interface even behind a front on the same host: media does not go through it.",
    ],
    ["webrtcLocalTCPAddress", `:${ports.webrtcMedia}`, "For networks that block UDP."],
    ["webrtcAdditionalHosts", [...input.publicHosts], "Public addresses that this host's own interfaces do not show."],
  ];
}

/** The `paths` key that matches every `<device>/<camera>` and nothing else. */
export function pathPattern(): string {
  const id = idPattern.source.replace(/^\^|\$$/g, "");
  return `~^${id}/${id}$`;
}

/**
 * Writes the text of `mediamtx.yml`, which the MediaMTX binary and the embedded relay start from alike. Every listener that the product does
 * not use is off; API, metrics, HLS and signalling listen on loopback (MediaMTX contract, sections 0 and 1). Pure.
 */
export function writeConfig(input: ConfigInput): string {
  const lines: Line[] = [
    ...commonLines(input),
    ...offLines(input.version),
    ...mediaLines(input),
    ["paths", { [pathPattern()]: { source: "publisher" } }, "Every <device>/<camera>; any other name is refused."],
  ];
  // MediaMTX reads YAML 1.1, in which a bare `no` is a boolean.
  const document = new Document(Object.fromEntries(lines.map(([key, value]) => [key, value])), { version: "1.1" });
  document.commentBefore = " Written by Helmcast at each start; changes are lost. It holds secrets: keep it to mode 0600.";
  const why = new Map(lines.map(([key, , reason]) => [key, reason]));
  if (document.contents !== null && "items" in document.contents) {
    for (const pair of document.contents.items as Pair<Scalar<string>>[]) {
      const reason = why.get(pair.key.value);
      if (reason !== undefined) {
        pair.key.commentBefore = ` ${reason}`;
      }
    }
  }
  return document.toString({ lineWidth: 0 });
}
