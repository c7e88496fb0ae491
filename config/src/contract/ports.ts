/**
 * Every port of the product, with MediaMTX's defaults where the engine listens (MediaMTX contract, section 0).
 * `HELMCAST_PORT` sets the gateway's; `HELMCAST_PORT_BASE` is added to every other, so that two copies run side by side.
 */
export const defaultPorts = {
  /** Gateway: the one port that people and phones reach. */
  gateway: 8080,
  /** Engine: RTSP publish and play, TCP. */
  rtsp: 8554,
  /** Engine: HLS, loopback only. */
  hls: 8888,
  /** Engine: WHEP and WHIP signalling, loopback only. */
  webrtc: 8889,
  /** Engine: WebRTC media, UDP (and TCP where the engine offers it). */
  webrtcMedia: 8189,
  /** Engine: control API, loopback only. */
  engineApi: 9997,
  /** Engine: metrics, loopback only. */
  engineMetrics: 9998,
  /** Gateway: the engine's auth callback, loopback only. */
  callback: 9990,
  /** Broker: MQTT over TCP, for devices. */
  mqtt: 1883,
} as const;

/** The name of a port. */
export type PortName = keyof typeof defaultPorts;

/** The ports of one running copy. */
export type Ports = { readonly [Name in PortName]: number };

/** Shifts every port but the gateway's by `base`. */
export function shiftPorts(gatewayPort: number, base: number): Ports {
  const shifted = Object.entries(defaultPorts).map(([name, port]) => [name, port + base]);
  return { ...(Object.fromEntries(shifted) as Ports), gateway: gatewayPort };
}
