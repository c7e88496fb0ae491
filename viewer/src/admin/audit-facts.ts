import { type AuditEntry, everyDevice, roleSchema } from "@helmcast/config";
import type { AdminWords } from "./words.ts";

/** Pure: who did it to whom, with which device and from where, in words. A device that is the subject itself is not named twice. */
export function auditFacts(words: AdminWords, { kind, actor, subject, device, address }: AuditEntry): ReadonlyArray<string | null> {
  const told = kind === "grant-set" ? sayRole(words, subject) : subject;
  const whom = told === "" || told === actor ? actor : `${actor} → ${told}`;
  return [whom, device === subject || device === actor ? null : device === everyDevice ? words.everyDevice : device, address];
}

/** A grant is recorded as "name: role". */
function sayRole(words: AdminWords, subject: string): string {
  const role = roleSchema.options.find((name) => subject.endsWith(`: ${name}`));
  return role === undefined ? subject : `${subject.slice(0, -role.length)}${words.roles[role]}`;
}
