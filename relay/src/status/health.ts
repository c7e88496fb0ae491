import { routes } from "@helmcast/config";
import { Router } from "express";

/** The parts that must be ready, by name. */
export type ReadyChecks = Readonly<Record<string, () => boolean | Promise<boolean>>>;

/** How long one look at the parts answers all who ask, in ms: anybody may ask, and asking the engine costs it something. */
const keepMs = 250;

/** `GET /healthz`: this process answers. `GET /readyz`: every part is ready, and which are not (503 then). Open to all; they tell nothing else. */
export function healthRoutes(checks: ReadyChecks, monotonicMs: () => number): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const look = () => Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await settle(check)] as const));
  let last: { readonly atMs: number; readonly results: ReturnType<typeof look> } | null = null;
  router.get(routes.health, (_request, response) => {
    response.set("Cache-Control", "no-store").json({ ok: true });
  });
  router.get(routes.ready, async (_request, response) => {
    if (last === null || monotonicMs() - last.atMs > keepMs) {
      last = { atMs: monotonicMs(), results: look() };
    }
    const results = await last.results;
    const ready = results.every(([, ok]) => ok);
    response
      .status(ready ? 200 : 503)
      .set("Cache-Control", "no-store")
      .json({ ready, parts: Object.fromEntries(results) });
  });
  return router;
}

async function settle(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    // A part that cannot be asked is a part that is not ready.
    return false;
  }
}
