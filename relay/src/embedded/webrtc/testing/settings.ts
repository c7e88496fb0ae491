import type { EmbeddedSettings, WebrtcSettings } from "../../settings/embedded-settings.ts";

/** Settings with nothing but WebRTC on loopback; `change` replaces what a test is about. */
export function webrtcSettings(change: Partial<WebrtcSettings> = {}): EmbeddedSettings {
  const pathDefaults = { source: "publisher", overridePublisher: true, maxReaders: 0 };
  return {
    logLevel: "error",
    readTimeoutMs: 10_000,
    writeTimeoutMs: 10_000,
    auth: { callbackUrl: "http://127.0.0.1:1/", exclude: [] },
    api: null,
    metrics: null,
    rtsp: null,
    hls: null,
    webrtc: {
      address: { host: "127.0.0.1", port: 0 },
      localUdp: { host: "127.0.0.1", port: 8189 },
      localTcp: null,
      ipsFromInterfaces: true,
      ipsFromInterfacesList: [],
      additionalHosts: [],
      iceServers: [],
      handshakeTimeoutMs: 10_000,
      trackGatherTimeoutMs: 2000,
      allowOrigins: ["*"],
      readTimeoutMs: 10_000,
      writeTimeoutMs: 10_000,
      ...change,
    },
    pathDefaults,
    paths: [],
    raw: {},
  };
}
