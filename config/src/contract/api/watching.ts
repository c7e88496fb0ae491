import { z } from "zod";

/** The ways in which somebody can be connected. */
export const transports = ["whep", "whip", "hls", "mjpeg", "sse", "mqtt", "drive"] as const;
/** One of the ways in which somebody can be connected. */
export type Transport = (typeof transports)[number];

/** One thing that runs now in somebody's name. */
export const watchSchema = z.object({
  id: z.string(),
  kind: z.enum(["user", "share", "device"]),
  /** The account, the share link's label or id, or the device. */
  who: z.string(),
  transport: z.enum(transports),
  /** The stream path, or null where it is bound to none. */
  camera: z.string().nullable(),
  sinceAt: z.iso.datetime(),
  address: z.string(),
  /** Bytes sent to it through the gateway; null where the gateway does not see them (WebRTC media). */
  bytes: z.number().int().nonnegative().nullable(),
});
/** One thing that runs now in somebody's name. */
export type WatchInfo = z.infer<typeof watchSchema>;
/** `GET /api/sessions`, answer: newest first. */
export const watchListSchema = z.array(watchSchema);
