import { routes } from "@helmcast/config";

/** Which entries are wanted; "" is any. */
export type AuditFilter = { readonly kind: string; readonly actor: string; readonly device: string };

/** Pure: the address of a page of the audit log. `before`: only entries older than the one of this id; null is the newest page. */
export function auditPath(filter: AuditFilter, before: number | null): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, before: before === null ? "" : String(before) })) {
    if (value !== "") {
      query.set(name, value);
    }
  }
  return query.size === 0 ? routes.audit : `${routes.audit}?${query.toString()}`;
}
