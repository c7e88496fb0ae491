import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type AuditEntry, type AuditKind, auditKinds } from "@helmcast/config";
import { z } from "zod";
import { inTransaction } from "./open-state.ts";

/** Entries kept; the oldest go. Some 100 bytes each, so the file grows by 10 MB at most. */
const maxAuditEntries = 100_000;
/** Longest text kept of each field, in characters. */
const maxFieldChars = 128;

/** Something to be recorded: who did what to whom, and when (ms since 1970). Never put a secret in. */
export type AuditEvent = {
  readonly atMs: number;
  readonly kind: AuditKind;
  readonly actor: string;
  readonly subject: string;
  readonly device?: string | undefined;
  readonly address?: string | undefined;
};

/** Which entries to read. `before`: only those with a smaller id. */
export type AuditFilter = {
  readonly kind?: AuditKind | undefined;
  readonly actor?: string | undefined;
  readonly device?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
};

/** The record of what mattered. Kept on the disk alone: nothing asks for it but the page that shows it. */
export type Audit = {
  add(event: AuditEvent): void;
  /** Newest first. `more` says that there are older ones. */
  read(filter: AuditFilter): { readonly entries: readonly AuditEntry[]; readonly more: boolean };
};

const auditRow = z.object({
  id: z.number(),
  at_ms: z.number(),
  kind: z.enum(auditKinds),
  actor: z.string(),
  subject: z.string(),
  device: z.string().nullable(),
  address: z.string().nullable(),
});

/** The record over the state. @param maxEntries tests give a smaller one */
export function createAudit(database: DatabaseSync, maxEntries: number = maxAuditEntries): Audit {
  const write = database.prepare("INSERT INTO audit (at_ms, kind, actor, subject, device, address) VALUES (?, ?, ?, ?, ?, ?)");
  const erase = database.prepare("DELETE FROM audit WHERE id <= ?");
  return {
    add({ atMs, kind, actor, subject, device, address }) {
      inTransaction(database, () => {
        const { lastInsertRowid } = write.run(atMs, kind, cut(actor), cut(subject), cut(device ?? null), cut(address ?? null));
        erase.run(Number(lastInsertRowid) - maxEntries);
      });
    },
    read({ kind, actor, device, before, limit }) {
      const wanted = { "kind = ?": kind, "actor = ?": actor, "device = ?": device, "id < ?": before };
      const given = Object.entries(wanted).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
      const where = given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`;
      const values: SQLInputValue[] = [...given.map(([, value]) => value), limit + 1];
      const rows = database.prepare(`SELECT * FROM audit ${where} ORDER BY id DESC LIMIT ?`).all(...values);
      return { entries: rows.slice(0, limit).map(toEntry), more: rows.length > limit };
    },
  };
}

function toEntry(row: unknown): AuditEntry {
  const { at_ms: atMs, ...fields } = auditRow.parse(row);
  return Object.freeze({ ...fields, at: new Date(atMs).toISOString() });
}

function cut<Text extends string | null>(text: Text): Text | string {
  return text === null ? text : text.slice(0, maxFieldChars);
}
