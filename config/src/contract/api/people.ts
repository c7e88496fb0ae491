import { z } from "zod";
import { deviceIdSchema } from "../names.ts";
import { newPasswordSchema } from "./session.ts";

/** The device name in a grant that stands for every device, also those enrolled later. */
export const everyDevice = "*";

/** Name of an account: 1 to 32 of a-z, 0-9, ".", "_" and "-", first a letter or a digit. */
export const accountNameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,31}$/, "use 1 to 32 of a-z, 0-9, . _ and -");

/** What a person may do with a device; each holds the ones before. */
export const roleSchema = z.enum(["view", "drive", "admin"]);
/** What a person may do with a device. */
export type Role = z.infer<typeof roleSchema>;

/** A device id, or {@link everyDevice}. */
export const grantDeviceSchema = z.union([z.literal(everyDevice), deviceIdSchema]);

/** One grant. */
export const grantSchema = z.strictObject({ device: grantDeviceSchema, role: roleSchema });
/** One grant. */
export type Grant = z.infer<typeof grantSchema>;

/** One account. */
export const accountSchema = z.object({
  name: z.string(),
  createdAt: z.iso.datetime(),
  grants: z.array(grantSchema),
  /** Places where it is signed in now. */
  signIns: z.number().int().nonnegative(),
});
/** One account. */
export type AccountInfo = z.infer<typeof accountSchema>;
/** `GET /api/accounts`, answer: by name. */
export const accountListSchema = z.array(accountSchema);

/** `POST /api/accounts`, request. Without a password one is made. */
export const addAccountRequestSchema = z.strictObject({
  name: accountNameSchema,
  password: newPasswordSchema.optional(),
  grants: z.array(grantSchema).max(100).default([]),
});
/** Answer where a password may have been made: it is in here this once, null when the caller gave it. */
export const passwordReplySchema = z.object({ name: z.string(), password: z.string().nullable() });
/** `POST /api/accounts/<name>/password`, request. Without a password one is made. Every sign-in of the account ends. */
export const setPasswordRequestSchema = z.strictObject({ password: newPasswordSchema.optional() });
/** `PUT /api/accounts/<name>/grants/<device>`, request. */
export const setGrantRequestSchema = z.strictObject({ role: roleSchema });
