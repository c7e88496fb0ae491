import { defaultPorts } from "@helmcast/config";
import { z } from "zod";
import { ignoredTopKeys } from "./known-keys.ts";
import { addressSchema, durationSchema, optionalAddressSchema, sizeSchema } from "./values.ts";

const flag = z.boolean("must be true or false");
const texts = z.array(z.string("must be text"), "must be a list of texts");

const iceServerSchema = z.strictObject({
  url: z.string().regex(/^(stun|turns?):/, "must begin with stun:, turn: or turns:"),
  username: z.string().default(""),
  password: z.string().default(""),
  clientOnly: flag.default(false),
});

const served = {
  logLevel: z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error").default("info"),
  readTimeout: durationSchema.default(10_000),
  writeTimeout: durationSchema.default(10_000),
  authMethod: z.literal("http", "must be http: the embedded relay asks the gateway about everything"),
  authHTTPAddress: z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" }),
  authHTTPExclude: z
    .array(z.strictObject({ action: z.string(), path: z.string().nullish() }), "must be a list")
    .nullish()
    .transform((list) => list ?? []),
  api: flag.default(false),
  apiAddress: addressSchema.default({ host: null, port: defaultPorts.engineApi }),
  metrics: flag.default(false),
  metricsAddress: addressSchema.default({ host: null, port: defaultPorts.engineMetrics }),
  rtsp: flag.default(true),
  rtspAddress: addressSchema.default({ host: null, port: defaultPorts.rtsp }),
  hls: flag.default(true),
  hlsAddress: addressSchema.default({ host: null, port: defaultPorts.hls }),
  hlsAllowOrigins: texts.default(["*"]),
  hlsAlwaysRemux: flag.default(false),
  hlsSegmentCount: z.int().min(3, "must be 3 or more").max(100, "must be 100 or less").default(7),
  hlsSegmentDuration: durationSchema.default(1000),
  hlsPartDuration: durationSchema.default(200),
  hlsSegmentMaxSize: sizeSchema.default(50_000_000),
  hlsMuxerCloseAfter: durationSchema.default(60_000),
  hlsCDNSecret: z.string("must be text").default(""),
  webrtc: flag.default(true),
  webrtcAddress: addressSchema.default({ host: null, port: defaultPorts.webrtc }),
  webrtcAllowOrigins: texts.default(["*"]),
  webrtcLocalUDPAddress: optionalAddressSchema.default({ host: null, port: defaultPorts.webrtcMedia }),
  webrtcLocalTCPAddress: optionalAddressSchema.default(null),
  webrtcIPsFromInterfaces: flag.default(true),
  webrtcIPsFromInterfacesList: texts.default([]),
  webrtcAdditionalHosts: texts.default([]),
  webrtcICEServers2: z.array(iceServerSchema, "must be a list").default([]),
  webrtcHandshakeTimeout: durationSchema.default(10_000),
  webrtcTrackGatherTimeout: durationSchema.default(2000),
  pathDefaults: z.record(z.string(), z.unknown()).nullish(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown()).nullish(), "must be a map of path names to settings").nullish(),
};

/** zod schema of `mediamtx.yml`, as far as the embedded relay acts on it. Keys that MediaMTX does not know are refused, as it does. */
export const fileSchema = z.strictObject({
  ...served,
  ...Object.fromEntries(ignoredTopKeys.map((key) => [key, z.unknown().optional()])),
});

/** The file, parsed. */
export type FileSettings = z.infer<z.ZodObject<typeof served>>;
