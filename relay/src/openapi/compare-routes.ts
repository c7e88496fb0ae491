import type { Operation } from "@helmcast/config";
import type { AppRoute } from "./list-routes.ts";

/** Routes that are none of the interface: the viewer's pages. */
const pageRoutes = ["get /{*page}"];

/** Where the operations table and the app's real routes differ, a sentence each. */
export function compareRoutes(routes: readonly AppRoute[], operations: readonly Operation[]): readonly string[] {
  const real = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  const told = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  return [
    ...[...real].filter((route) => !told.has(route) && !pageRoutes.includes(route)).map((route) => `${route} is no operation`),
    ...[...told].filter((route) => !real.has(route)).map((route) => `${route} is an operation without a route`),
  ];
}
