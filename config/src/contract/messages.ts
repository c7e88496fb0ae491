import { z } from "zod";
import { cameraIdSchema } from "./names.ts";

/** What a device says of one of its cameras. */
export const announcedCameraSchema = z.object({
  id: cameraIdSchema,
  name: z.string().min(1).max(64),
  stamped: z.boolean(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  fps: z.number().positive(),
  /** `publishing` says that frames leave the device now; the rest is why not. */
  state: z.enum(["starting", "publishing", "stalled", "waiting", "failed", "stopped"]),
  /** One sentence for a person when the state is not `publishing`. */
  detail: z.string().max(300).optional(),
});

/** Retained message on `<site>/<device>/status`; the last will is the same with `online: false`. */
export const deviceStatusSchema = z.object({
  v: z.literal(1),
  online: z.boolean(),
  cameras: z.array(announcedCameraSchema).max(16),
});
/** Retained message on `<site>/<device>/status`. */
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

/** Ping on `<site>/<device>/echo`, written by a viewer; times in ms since 1970 on the writer's own clock. */
export const echoPingSchema = z.object({ v: z.literal(1), id: z.string().min(1).max(64), sentAtMs: z.number() });
/** Ping on `<site>/<device>/echo`. */
export type EchoPing = z.infer<typeof echoPingSchema>;

/** Answer on `<site>/<device>/ack`, written by the device: the ping's own fields and the device's wall clock. */
export const echoPongSchema = z.object({
  v: z.literal(1),
  kind: z.literal("pong"),
  id: z.string().min(1).max(64),
  sentAtMs: z.number(),
  receivedAtMs: z.number(),
  repliedAtMs: z.number(),
});
/** Answer on `<site>/<device>/ack`. */
export type EchoPong = z.infer<typeof echoPongSchema>;
