import { findFreePortsFor } from "@helmcast/config/rig";
import { stringify } from "yaml";
import { credentials } from "./callback.ts";

/** Where one engine of a test listens, on loopback. */
export type EnginePorts = {
  readonly rtsp: number;
  readonly hls: number;
  readonly webrtc: number;
  readonly media: number;
  readonly api: number;
  readonly metrics: number;
};

/** Names of paths that the settings allow: `dev/<anything>`, and `one/reader` for a single reader. */
export const limitedPath = "one/reader";

/** Writes the settings that both engines start from. They are the product's, with the ports of the test. */
export function writeSettings(ports: EnginePorts, callbackUrl: string): string {
  const settings = {
    logLevel: "info",
    authMethod: "http",
    authHTTPAddress: callbackUrl,
    authHTTPExclude: [],
    api: true,
    apiAddress: `127.0.0.1:${ports.api}`,
    metrics: true,
    metricsAddress: `127.0.0.1:${ports.metrics}`,
    pprof: false,
    playback: false,
    rtmp: false,
    srt: false,
    moq: false,
    rtsp: true,
    rtspAddress: `127.0.0.1:${ports.rtsp}`,
    rtspTransports: ["tcp"],
    rtspEncryption: "no",
    rtspAuthMethods: ["basic"],
    hls: true,
    hlsAddress: `127.0.0.1:${ports.hls}`,
    hlsVariant: "lowLatency",
    hlsSegmentCount: 7,
    hlsSegmentDuration: "1s",
    hlsPartDuration: "200ms",
    hlsCDNSecret: credentials.hlsCdnSecret,
    webrtc: true,
    webrtcAddress: `127.0.0.1:${ports.webrtc}`,
    webrtcLocalUDPAddress: `127.0.0.1:${ports.media}`,
    webrtcIPsFromInterfaces: false,
    webrtcAdditionalHosts: ["127.0.0.1"],
    webrtcICEServers2: [{ url: "turn:turn.example:3478", username: "AUTH_SECRET", password: "turn-secret", clientOnly: true }],
    webrtcHandshakeTimeout: "3s",
    paths: { "~^dev/[a-z0-9-]+$": { source: "publisher" }, [limitedPath]: { source: "publisher", maxReaders: 1 } },
  };
  // MediaMTX reads YAML 1.1, in which a bare `no` is a boolean.
  return stringify(settings, { version: "1.1" });
}

/** A free port for each of them. */
export async function findPorts(): Promise<EnginePorts> {
  return await findFreePortsFor(["rtsp", "hls", "webrtc", "media", "api", "metrics"]);
}
