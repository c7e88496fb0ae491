import { AppError, buildStreamPath, routes, type WatchInfo } from "@helmcast/config";
import { Router } from "express";
import type { Identities, Identity } from "../auth/identity.ts";
import { identityOf, requireAccount, requireIdentity } from "../auth/middleware.ts";
import { permit } from "../auth/permit.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import type { Audit } from "../state/audit.ts";
import { shareAccount } from "../state/session-rows.ts";
import type { Shares } from "../state/shares.ts";
import type { Watch } from "./watch-table.ts";
import type { Watches } from "./watches.ts";

/** What the routes are made of. @param wallMs the wall clock, ms since 1970 */
export type WatchRouteParts = {
  readonly watches: Pick<Watches, "all" | "kick">;
  readonly identities: Identities;
  readonly shares: Pick<Shares, "list">;
  readonly audit: Pick<Audit, "add">;
  readonly wallMs: () => number;
};

/** `GET /api/sessions`: what runs on the devices that the caller manages. `DELETE /api/sessions/:id`: ends one of them. */
export function watchRoutes(parts: WatchRouteParts): Router {
  const { watches, identities, shares, audit, wallMs } = parts;
  const router = Router({ caseSensitive: true, strict: true });
  const signedIn = requireIdentity(identities);
  // What is bound to no device may concern any, so it is for those who run the relay.
  const manages = (identity: Identity, { path }: Watch) =>
    path === null ? identities.isSiteAdmin(identity) : permit(identities.holderOf(identity, path.device), "manage");
  router
    .route(routes.watches)
    .get(signedIn, (request, response) => {
      const identity = identityOf(request);
      requireAccount(identity);
      const labels = new Map(shares.list().map((share) => [shareAccount(share.id), share.label]));
      const seen = watches.all().filter((watch) => manages(identity, watch));
      response.set("Cache-Control", "no-store").json(seen.reverse().map((watch) => describeWatch(watch, labels)));
    })
    .all(refuseMethod("GET"));
  router
    .route(`${routes.watches}/:id`)
    .delete(signedIn, (request, response) => {
      const identity = identityOf(request);
      requireAccount(identity);
      const watch = watches.all().find(({ id }) => id === request.params["id"]);
      if (watch === undefined || !manages(identity, watch) || !watches.kick(watch.id)) {
        throw new AppError("HC_GATEWAY_NOT_FOUND");
      }
      const device = watch.path?.device ?? (watch.kind === "device" ? watch.name : undefined);
      audit.add({ atMs: wallMs(), kind: "kicked", actor: identity.name, subject: watch.name, device, address: request.ip });
      response.status(204).end();
    })
    .all(refuseMethod("DELETE"));
  return router;
}

function describeWatch(watch: Watch, labels: ReadonlyMap<string, string>): WatchInfo {
  const { id, kind, name, transport, path, sinceMs, address } = watch;
  return {
    id,
    kind,
    who: labels.get(name) || name,
    transport,
    camera: path === null ? null : buildStreamPath(path),
    sinceAt: new Date(sinceMs).toISOString(),
    address,
    bytes: watch.bytes(),
  };
}
