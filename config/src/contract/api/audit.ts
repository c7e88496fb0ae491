import { z } from "zod";

/** What the audit log records. */
export const auditKinds = [
  "signed-in",
  "sign-in-refused",
  "signed-out",
  "password-changed",
  "cookie-reused",
  "account-added",
  "account-removed",
  "grant-set",
  "grant-removed",
  "enrolment-made",
  "device-enrolled",
  "device-removed",
  "share-made",
  "share-revoked",
  "share-opened",
  "kicked",
  "lease-taken",
  "lease-ended",
  "black-box-taken",
  "keys-rotated",
  "backup-made",
] as const;
/** One of the things that the audit log records. */
export type AuditKind = (typeof auditKinds)[number];

/** One entry. `actor` is who did it, `subject` to whom or what. Secrets are never in it. */
export const auditEntrySchema = z.object({
  id: z.number().int(),
  at: z.iso.datetime(),
  kind: z.enum(auditKinds),
  actor: z.string(),
  subject: z.string(),
  device: z.string().nullable(),
  address: z.string().nullable(),
});
/** One entry of the audit log. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** `GET /api/audit`, query. `before`: only entries with a smaller id, for paging. */
export const auditQuerySchema = z.strictObject({
  kind: z.enum(auditKinds).optional(),
  actor: z.string().max(64).optional(),
  device: z.string().max(32).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
/** `GET /api/audit`, answer: newest first; `more` says that there are older ones. */
export const auditReplySchema = z.object({ entries: z.array(auditEntrySchema), more: z.boolean() });
