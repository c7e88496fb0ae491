import type { AuditKind, Role, Transport, WatchInfo } from "@helmcast/config";
import { computed } from "@preact/signals";
import { type LanguageId, language } from "../i18n/language.ts";
import type { Section } from "../session/may-manage.ts";
import { en } from "./en.ts";
import { ja } from "./ja.ts";
import { zh } from "./zh.ts";

/** What the contract has names for; a new one there does not compile before it has words in every language. */
type Named = {
  readonly sections: Readonly<Record<Section, string>>;
  readonly roles: Readonly<Record<Role, string>>;
  readonly kinds: Readonly<Record<WatchInfo["kind"], string>>;
  readonly transports: Readonly<Record<Transport, string>>;
  readonly auditKinds: Readonly<Record<AuditKind, string>>;
};

/** Every text of the account and admin pages. A language that misses one, or has one too many, does not compile. */
export type AdminWords = typeof en & Named;

/** The texts of every language. */
export const adminTables: Readonly<Record<LanguageId, AdminWords>> = { en, ja, zh };

/** The texts in use. */
export const words = computed(() => adminTables[language.value]);
