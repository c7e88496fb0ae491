import { z } from "zod";

/** Most items of one list that are followed, and items asked for per page. A relay host carries far fewer sessions. */
export const listLimits = { items: 10_000, perPage: 500 } as const;

const idSchema = z.string().min(1).max(64);
const countSchema = z.number().nonnegative();
const endSchema = z.object({ type: z.string(), id: z.string() });

/** `GET /v3/info`. The version comes with a line end in some builds. */
export const infoSchema = z.object({ version: z.string().trim(), started: z.string() });

/** One path of `/v3/paths`. Presence of a device is `online`, never `ready` (MediaMTX contract, section 4). */
export const enginePathSchema = z.object({
  name: z.string(),
  confName: z.string().default(""),
  online: z.boolean(),
  onlineTime: z.string().nullable().default(null),
  source: endSchema.nullable().default(null),
  tracks2: z
    .array(z.object({ codec: z.string(), codecProps: z.record(z.string(), z.unknown()).nullable().default(null) }))
    .nullable()
    .default([])
    .transform((tracks) => tracks ?? []),
  readers: z
    .array(endSchema)
    .nullable()
    .default([])
    .transform((readers) => readers ?? []),
  inboundBytes: countSchema,
  outboundBytes: countSchema,
  inboundFramesInError: countSchema.default(0),
});

/** What every session has. `query` is left out on purpose: it may hold a token. */
const sessionShape = {
  id: idSchema,
  created: z.string(),
  remoteAddr: z.string(),
  path: z.string(),
  user: z.string().default(""),
  userAgent: z.string().default(""),
  outboundBytes: countSchema,
};

/** One WHEP or WHIP session. */
export const webrtcSessionSchema = z.object({
  ...sessionShape,
  state: z.enum(["read", "publish"]),
  peerConnectionEstablished: z.boolean(),
  localCandidate: z.string().default(""),
  remoteCandidate: z.string().default(""),
  inboundBytes: countSchema,
  outboundFramesDiscarded: countSchema.default(0),
});

/** One RTSP session. */
export const rtspSessionSchema = z.object({
  ...sessionShape,
  state: z.enum(["idle", "read", "publish"]),
  transport: z.string().nullable().default(null),
  inboundBytes: countSchema,
  inboundRTPPacketsLost: countSchema.default(0),
});

/** One HLS session; one for each path in CDN mode. */
export const hlsSessionSchema = z.object({ ...sessionShape, isCDN: z.boolean().default(false) });

/** A page of a list, its items not yet read. */
export const pageSchema = z.object({
  itemCount: z.number().int(),
  pageCount: z.number().int(),
  items: z.array(z.unknown()).max(listLimits.items),
});

/** Body of a refusal. */
export const refusalSchema = z.object({ error: z.string() });

/** What the engine says of itself. `started` changes with every start. */
export type EngineInfo = Readonly<z.infer<typeof infoSchema>>;
/** One path that the engine knows. */
export type EnginePath = Readonly<z.infer<typeof enginePathSchema>>;
/** One WHEP or WHIP session. */
export type WebrtcSession = Readonly<z.infer<typeof webrtcSessionSchema>>;
/** One RTSP session. */
export type RtspSession = Readonly<z.infer<typeof rtspSessionSchema>>;
/** One HLS session. */
export type HlsSession = Readonly<z.infer<typeof hlsSessionSchema>>;
/** Settings of one path, in MediaMTX's words (MediaMTX contract, section 1.4). */
export type PathConfig = Readonly<Record<string, string | number | boolean | readonly string[]>>;
