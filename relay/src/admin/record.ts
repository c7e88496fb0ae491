import type { AuditKind } from "@helmcast/config";
import type { Audit } from "../state/audit.ts";
import type { Actor } from "./actor.ts";

/** Writes one entry of the audit log. */
export type RecordEntry = (kind: AuditKind, by: Actor, subject: string, device?: string) => void;

/** @param wallMs the wall clock, ms since 1970 */
export function createRecord(audit: Pick<Audit, "add">, wallMs: () => number): RecordEntry {
  return (kind, by, subject, device) => {
    audit.add({ atMs: wallMs(), kind, actor: by.name, subject, device, address: by.address ?? undefined });
  };
}
