import { z } from "zod";
import { idPattern } from "../contract/names.ts";
import { defaultPorts, type PortName, type Ports } from "../contract/ports.ts";
import { iceServerSchema, maxIceServers } from "./ice-server.ts";

/** Which engine to run: the first that can be had, or exactly this one. */
export const engineChoices = ["auto", "mediamtx", "embedded"] as const;

/** Which MQTT broker passes messages on: the one in the gateway, a mosquitto behind it, or an EMQX behind it. */
export const brokerChoices = ["embedded", "mosquitto", "emqx"] as const;

/** Levels of the log. `silent` is for tests. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** A TCP or UDP port that somebody can be told; 0 is not one. */
export const portSchema = z.number().int().min(1).max(65_535);

/** Highest shift of the other ports: 9998, the highest of them, stays under 65,536 with it. */
export const maxPortBase = 50_000;

/** Shortest password of the first account, characters. */
export const minPasswordChars = 8;

const portNames = Object.keys(defaultPorts) as readonly PortName[];

const portsSchema: z.ZodType<Ports> = z.strictObject(
  Object.fromEntries(portNames.map((name) => [name, portSchema])) as Record<PortName, typeof portSchema>,
);

/** A host name or an IP address, without port and brackets. */
export const hostSchema = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]{0,252})$|^::[0-9a-fA-F:.]*$/);

/** Proxies in front at most. */
export const maxTrustedProxies = 16;

/**
 * A proxy that may say who the visitor is: an address, a network, or `loopback` for this host itself. A network of every address is refused:
 * then any visitor could claim to be any other.
 */
export const trustedProxySchema = z.union([
  z.literal("loopback"),
  z.ipv4(),
  z.ipv6(),
  z.union([z.cidrv4(), z.cidrv6()]).refine((text) => !text.endsWith("/0")),
]);

/** Settings of the relay host, as every part of it gets them. */
export const relaySettingsSchema = z.strictObject({
  /** Folder of everything that is kept: state, engine cache, generated settings. Absolute. */
  dataDir: z.string().min(1),
  /** Address that the gateway, RTSP and MQTT listen on. */
  host: hostSchema,
  /** The gateway's port, the same as `ports.gateway`. */
  port: portSchema,
  /** What was added to every other port. */
  portBase: z.number().int().min(0).max(maxPortBase),
  ports: portsSchema,
  /** Password for the first account; null: one is made and shown once. */
  adminPassword: z.string().min(minPasswordChars).max(256).nullable(),
  /** File whose first line is that password; `adminPassword` goes before it. Absolute, or null. */
  adminPasswordFile: z.string().min(1).nullable(),
  engine: z.enum(engineChoices),
  /** A MediaMTX program that comes before every other. Absolute, or null. */
  mediamtxBin: z.string().min(1).nullable(),
  /** Where MediaMTX releases are fetched from in place of their own page; null: their own. */
  mediamtxMirror: z.url({ protocol: /^https?$/ }).nullable(),
  broker: z.enum(brokerChoices),
  /** A mosquitto program that comes before those that are found. Absolute, or null. */
  mosquittoBin: z.string().min(1).nullable(),
  /** A mosquitto that runs elsewhere; null: the gateway runs one of its own. */
  mosquittoUrl: z.url({ protocol: /^mqtt$/ }).nullable(),
  /** File whose first line is NAME:PASSWORD of the dynamic-security admin there. Absolute, or null. */
  mosquittoCredentialsFile: z.string().min(1).nullable(),
  /** Where EMQX takes MQTT. */
  emqxUrl: z.url({ protocol: /^(wss?|mqtt)$/ }).nullable(),
  /** File whose first line is the secret that EMQX checks the gateway's tokens by. Absolute, or null. */
  emqxSecretFile: z.string().min(1).nullable(),
  /** Start the demo edge agent. */
  demo: z.boolean(),
  /** Settings file of the demo edge agent. Absolute, or null: a test picture and a simulated car. */
  demoConfig: z.string().min(1).nullable(),
  /** Names and addresses under which viewers reach this host, for the engine's WebRTC candidates. */
  publicHosts: z.array(hostSchema).max(16).readonly(),
  /** Proxies whose X-Forwarded headers are believed; nobody else's are. */
  trustedProxies: z.array(trustedProxySchema).max(maxTrustedProxies).readonly(),
  /** Offered to viewers for WebRTC. */
  iceServers: z.array(iceServerSchema).max(maxIceServers).readonly(),
  /** File whose first line lets Prometheus read /metrics as a Bearer token. Absolute, or null: accounts only. */
  metricsTokenFile: z.string().min(1).nullable(),
  /** First part of every MQTT topic. */
  site: z.string().regex(idPattern),
  logLevel: z.enum(logLevels),
});

/** Settings of the relay host, checked and frozen. */
export type RelaySettings = Readonly<z.infer<typeof relaySettingsSchema>>;
