import { z } from "zod";

/** Who drives a device now. `expiresInMs` is from this answer on. */
export const leaseStateSchema = z.object({
  device: z.string(),
  /** Name of the driver, null when nobody drives. */
  holder: z.string().nullable(),
  /** The caller's own sign-in holds it. */
  mine: z.boolean(),
  sinceAt: z.iso.datetime().nullable(),
  expiresInMs: z.number().int().nonnegative(),
  /** Somebody asks to take over; the holder has `answerInMs` to answer, then it goes over. */
  ask: z.object({ id: z.string(), by: z.string(), mine: z.boolean(), answerInMs: z.number().int().nonnegative() }).nullable(),
  /** What became of the caller's own last ask, until it is read once. */
  answer: z.enum(["granted", "refused", "withdrawn"]).nullable(),
});
/** Who drives a device now. */
export type LeaseState = z.infer<typeof leaseStateSchema>;

/**
 * `POST /api/leases/<device>`, request. `take`: when nobody drives. `renew` and `release`: by the holder, with its number. `ask`: please hand over;
 * `answer`: the holder's yes or no; a no of who asked takes the ask back. `seize`: an admin of the device takes it at once. `tab` tells one person's tabs apart: a lease belongs to one tab.
 */
export const leaseRequestSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("take"), tab: z.string().min(8).max(64) }),
  z.strictObject({ action: z.literal("renew"), tab: z.string().min(8).max(64), lease: z.number().int().positive() }),
  z.strictObject({ action: z.literal("release"), tab: z.string().min(8).max(64), lease: z.number().int().positive() }),
  z.strictObject({ action: z.literal("ask"), tab: z.string().min(8).max(64) }),
  z.strictObject({ action: z.literal("answer"), tab: z.string().min(8).max(64), id: z.string().min(1).max(64), grant: z.boolean() }),
  z.strictObject({ action: z.literal("seize"), tab: z.string().min(8).max(64) }),
]);
/** A wish about a lease. */
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

/**
 * `GET /api/leases/<device>`, query. With `tab` the answer is that tab's, its number among it; and it tells that who asked to take over is still
 * there: an ask that is not heard of for as long as a lease lasts is withdrawn.
 */
export const leaseQuerySchema = z.strictObject({ tab: z.string().min(8).max(64).optional() });

/** What a caller may do with a device's controls: only stop, also drive, also take them from a driver at once. */
export const leaseRights = ["stop", "drive", "seize"] as const;
/** What a caller may do with a device's controls. */
export type LeaseRight = (typeof leaseRights)[number];

/** Answer: the state, the fencing number when the caller's tab holds the lease, and in the answer to `GET` what the caller may do. */
export const leaseReplySchema = z.object({
  state: leaseStateSchema,
  lease: z.number().int().positive().nullable(),
  may: z.enum(leaseRights).optional(),
});
/** Answer to a wish about a lease. */
export type LeaseReply = z.infer<typeof leaseReplySchema>;
