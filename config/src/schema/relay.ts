import { z } from "zod";
import { idPattern } from "../contract/names.ts";
import { defaultPorts, type PortName, type Ports } from "../contract/ports.ts";

/** Which engine to run: the first that can be had, or exactly this one. */
export const engineChoices = ["auto", "mediamtx", "embedded"] as const;

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
  engine: z.enum(engineChoices),
  /** A MediaMTX program that comes before every other. Absolute, or null. */
  mediamtxBin: z.string().min(1).nullable(),
  /** Where MediaMTX releases are fetched from in place of their own page; null: their own. */
  mediamtxMirror: z.url({ protocol: /^https?$/ }).nullable(),
  /** Start the demo edge agent. */
  demo: z.boolean(),
  /** Settings file of the demo edge agent. Absolute, or null: a test picture. */
  demoConfig: z.string().min(1).nullable(),
  /** Names and addresses under which viewers reach this host, for the engine's WebRTC candidates. */
  publicHosts: z.array(hostSchema).max(16).readonly(),
  /** First part of every MQTT topic. */
  site: z.string().regex(idPattern),
  logLevel: z.enum(logLevels),
});

/** Settings of the relay host, checked and frozen. */
export type RelaySettings = Readonly<z.infer<typeof relaySettingsSchema>>;
