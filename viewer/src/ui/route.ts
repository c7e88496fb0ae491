import { parseStreamPath } from "@helmcast/config";

/** A page of the viewer. The route is the URL's fragment, so any web server can serve it and no path reaches a log. */
export type Route = { readonly page: "cameras" } | { readonly page: "watch"; readonly path: string };

const watchPrefix = "#/watch/";

/** Pure: the page that a fragment names; anything unknown is the list. */
export function parseRoute(hash: string): Route {
  const path = hash.startsWith(watchPrefix) ? hash.slice(watchPrefix.length) : "";
  return parseStreamPath(path) === null ? { page: "cameras" } : { page: "watch", path };
}

/** Pure: the address of a camera's stage. */
export function cameraHref(path: string): string {
  return `${watchPrefix}${path}`;
}

/** The address of the list. */
export const camerasHref = "#/";
