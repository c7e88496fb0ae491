import { parseStreamPath } from "@helmcast/config";
import { type Section, sections } from "../session/may-manage.ts";

/** A page of the viewer. The route is the URL's fragment, so any web server can serve it and no path reaches a log. */
export type Route =
  | { readonly page: "cameras" }
  | { readonly page: "watch"; readonly path: string }
  | { readonly page: "account" }
  | { readonly page: "admin"; readonly section: Section | null };

const watchPrefix = "#/watch/";

/** Pure: the page that a fragment names; anything unknown is the list. */
export function parseRoute(hash: string): Route {
  if (hash === accountHref) {
    return { page: "account" };
  }
  if (hash === adminHref || hash.startsWith(`${adminHref}/`)) {
    return { page: "admin", section: sections.find((section) => hash === sectionHref(section)) ?? null };
  }
  const path = hash.startsWith(watchPrefix) ? hash.slice(watchPrefix.length) : "";
  return parseStreamPath(path) === null ? { page: "cameras" } : { page: "watch", path };
}

/** Pure: the address of a camera's stage. */
export function cameraHref(path: string): string {
  return `${watchPrefix}${path}`;
}

/** The address of the list. */
export const camerasHref = "#/";

/** The address of one's own account. */
export const accountHref = "#/account";

/** The address of the admin page. */
export const adminHref = "#/admin";

/** Pure: the address of one part of the admin page. */
export function sectionHref(section: Section): string {
  return `${adminHref}/${section}`;
}
