import { z } from "zod";

/** A new password: 8 to 256 characters of any kind. Length is what makes a password hard to guess (NIST SP 800-63B, section 5.1.1.2). */
export const newPasswordSchema = z.string().min(8).max(256);

/** `POST /api/auth/login`, request. */
export const loginRequestSchema = z.strictObject({ user: z.string().min(1).max(64), password: z.string().min(1).max(256) });
/** `POST /api/auth/login`, answer. `expiresAt` is an ISO 8601 time. */
export const loginReplySchema = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime() });
/** Answer of `POST /api/auth/login`. */
export type LoginReply = z.infer<typeof loginReplySchema>;

/** `POST /api/auth/share`: opens a share link. The secret stood in the link's fragment, so only the page itself can send it. */
export const openShareRequestSchema = z.strictObject({ secret: z.string().min(20).max(128) });

/** `GET /api/auth/session`. `kind` "share" is a visitor by a share link; `camera` is then the one camera, `untilAt` the link's end. */
export const sessionReplySchema = loginReplySchema.extend({
  kind: z.enum(["user", "share"]),
  user: z.string(),
  site: z.string(),
  /** True for an account that runs this relay: it has the role admin on every device. */
  admin: z.boolean(),
  /** Devices on which the account has the role admin; "*" is every device. Left out is none. */
  manages: z.array(z.string()).optional(),
  camera: z.string().nullable(),
  untilAt: z.iso.datetime().nullable(),
});
/** Answer of `GET /api/auth/session`. */
export type SessionReply = z.infer<typeof sessionReplySchema>;

/** `POST /api/auth/password`, request. Every other sign-in of the account ends with it. */
export const changePasswordRequestSchema = z.strictObject({ current: z.string().min(1).max(256), next: newPasswordSchema });

/** One place where the account is signed in. */
export const signInSchema = z.object({
  id: z.string(),
  /** The one that asks. */
  current: z.boolean(),
  createdAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** What the browser called itself, cut to 200 characters. */
  userAgent: z.string().max(200),
  address: z.string().max(64),
});
/** `GET /api/auth/sessions`, answer: newest first. */
export const signInListSchema = z.array(signInSchema);
/** One place where the account is signed in. */
export type SignInInfo = z.infer<typeof signInSchema>;
