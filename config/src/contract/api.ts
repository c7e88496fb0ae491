import { z } from "zod";

/** `POST /api/auth/login`, request. */
export const loginRequestSchema = z.strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(256) });
/** `POST /api/auth/login`, answer. `expiresAt` is an ISO 8601 time. */
export const loginReplySchema = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime() });
/** Answer of `POST /api/auth/login`. */
export type LoginReply = z.infer<typeof loginReplySchema>;

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
