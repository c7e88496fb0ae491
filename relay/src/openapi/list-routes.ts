import type { Express } from "express";
import { z } from "zod";

/** A route that the app has: the method in small letters, and the path as Express writes it. */
export type AppRoute = { readonly method: string; readonly path: string };

/** What a layer of Express 5's router (package router 2) shows of itself. Handlers that stand for every method have no method of their own. */
const layerSchema = z.object({
  rawPath: z.unknown(),
  slash: z.boolean(),
  handle: z.unknown(),
  route: z.object({ path: z.unknown(), stack: z.array(z.object({ method: z.string().optional() })) }).nullish(),
});
const routerSchema = z.custom<{ readonly stack: readonly unknown[] }>(
  (value) => typeof value === "function" && "stack" in value && Array.isArray(value.stack),
);

/**
 * Every route that an app really has, found by walking its routers. Answers to all methods at once, as refusals of the wrong ones are, are left out.
 * @throws Error when a path is a pattern instead of text, since then the list could not be whole
 */
export function listRoutes(app: Express): readonly AppRoute[] {
  return walk(app.router, "");
}

function walk(router: unknown, prefix: string): AppRoute[] {
  return routerSchema.parse(router).stack.flatMap((raw) => {
    const layer = layerSchema.parse(raw);
    if (layer.route !== undefined && layer.route !== null) {
      const { path, stack } = layer.route;
      const methods = new Set(stack.flatMap(({ method }) => method ?? []));
      return readPaths(path).flatMap((one) => [...methods].map((method) => ({ method, path: `${prefix}${one}` })));
    }
    if (!routerSchema.safeParse(layer.handle).success) {
      return [];
    }
    return (layer.slash ? [""] : readPaths(layer.rawPath)).flatMap((one) => walk(layer.handle, `${prefix}${one}`));
  });
}

function readPaths(path: unknown): string[] {
  return z.array(z.string()).parse(Array.isArray(path) ? path : [path]);
}
