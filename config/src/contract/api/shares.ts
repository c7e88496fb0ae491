import { z } from "zod";
import { parseStreamPath } from "../names.ts";

/** Longest life of a share link, in seconds: a year. */
export const maxShareLifetimeS = 366 * 24 * 3600;

/** A stream path `<device>/<camera>`. */
export const streamPathSchema = z.string().refine((text) => parseStreamPath(text) !== null, "use <device>/<camera>");

/** One share link: view only, one camera, until a time. */
export const shareSchema = z.object({
  id: z.string(),
  camera: z.string(),
  label: z.string(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** People who look through it now. */
  watching: z.number().int().nonnegative(),
});
/** One share link. */
export type ShareInfo = z.infer<typeof shareSchema>;
/** `GET /api/shares`, answer: newest first. */
export const shareListSchema = z.array(shareSchema);

/** `POST /api/shares`, request. `expiresAt` lies ahead, at most {@link maxShareLifetimeS} away. */
export const addShareRequestSchema = z.strictObject({
  camera: streamPathSchema,
  /** A note for those who manage the links. No control characters: it is shown on terminals too. */
  label: z
    .string()
    .max(64)
    .regex(/^\P{Cc}*$/u, "use no control characters")
    .default(""),
  expiresAt: z.iso.datetime(),
});
/** `POST /api/shares`, answer. The secret is told this once; the link is the relay's address with `#/share/<secret>`. */
export const addShareReplySchema = z.object({ share: shareSchema, secret: z.string() });
