import { z } from "zod";

/** One camera of `GET /api/cameras`. `stamped`: its pictures carry the stamp strip, which the viewer reads and crops. */
export const cameraSchema = z.object({
  path: z.string(),
  name: z.string(),
  online: z.boolean(),
  stamped: z.boolean(),
  urls: z.object({ whep: z.string(), hls: z.string(), mjpeg: z.string(), snapshot: z.string() }),
});
/** One camera of `GET /api/cameras`. */
export type CameraInfo = z.infer<typeof cameraSchema>;
/** `GET /api/cameras`, answer. */
export const cameraListSchema = z.array(cameraSchema);

/** Every refusal of the gateway. `code` is registered in the contract's errors; `error` is a sentence for a person. */
export const errorReplySchema = z.object({ code: z.string(), error: z.string(), requestId: z.string().optional() });
/** A refusal of the gateway. */
export type ErrorReply = z.infer<typeof errorReplySchema>;

/** `GET /healthz`, answer. */
export const healthReplySchema = z.object({ ok: z.literal(true) });
/** `GET /readyz`, answer. */
export const readyReplySchema = z.object({ ready: z.boolean(), parts: z.record(z.string(), z.boolean()) });
