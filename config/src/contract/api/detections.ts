import { z } from "zod";
import { streamPathSchema } from "./shares.ts";

const partSchema = z.number().min(0).max(1);

/** One found object. `box` is in parts of the picture's width and height, 0 to 1, from the top left. */
export const detectionSchema = z.object({
  label: z.string().min(1).max(64),
  confidence: partSchema,
  box: z.object({ x: partSchema, y: partSchema, width: partSchema, height: partSchema }),
});

/** Payload of `<site>/<device>/detections/<camera>`. `capturedAtMs` is the camera's clock at the picture that was looked at, ms since 1970. */
export const detectionsSchema = z.object({
  v: z.literal(1),
  capturedAtMs: z.number(),
  detections: z.array(detectionSchema).max(200),
});
/** Payload of `<site>/<device>/detections/<camera>`. */
export type Detections = z.infer<typeof detectionsSchema>;

/** `GET /api/detections/stream`, query: which camera. Without one: every camera that the caller may see. */
export const detectionsQuerySchema = z.strictObject({ camera: streamPathSchema.optional() });
/** Data of one `message` event of the stream. */
export const detectionsEventSchema = detectionsSchema.extend({ camera: z.string() });
