import { AppError, addShareRequestSchema, routes } from "@helmcast/config";
import { type Request, Router } from "express";
import type { Actor } from "../admin/actor.ts";
import type { Identities, Identity } from "../auth/identity.ts";
import { identify, requireAccount, requirePermission } from "../auth/middleware.ts";
import { permit } from "../auth/permit.ts";
import type { EngineStreams } from "../cameras/engine-streams.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { json } from "../http/json-body.ts";
import { parseBody } from "../http/parse-body.ts";
import { readCamera, type ShareDesk } from "./share-desk.ts";

/** Largest body, in bytes: a path, a time, a label of 64 characters that JSON may write with twelve bytes each, and air. */
const maxBodyBytes = 2048;

/** What the routes of share links are made of. */
export type ShareRouteParts = {
  readonly shares: ShareDesk;
  readonly identities: Identities;
  readonly registry: Pick<CameraRegistry, "list">;
  readonly streams: EngineStreams;
};

/** `GET`, `POST` and `DELETE` of `/api/shares`, for people who manage the camera's device. Links of other devices are as if they were not there. */
export function shareRoutes({ shares, identities, registry, streams }: ShareRouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const account = (request: Request) => {
    const identity = identify(request, identities);
    requireAccount(identity);
    return identity;
  };
  const mayManage = (identity: Identity) => (device: string) => permit(identities.holderOf(identity, device), "manage");
  const actorOf = (request: Request, identity: Identity): Actor => ({ name: identity.name, address: request.ip ?? null });
  router.use(routes.shares, (request, response, next) => {
    // Secrets of links are in the answers. Who it is comes first: a body is read only of those who may send one.
    response.set("Cache-Control", "no-store");
    account(request);
    next();
  });
  router.get(routes.shares, (request, response) => {
    response.json(shares.list(mayManage(account(request))));
  });
  router.post(routes.shares, json({ limit: maxBodyBytes }), async (request, response) => {
    const { camera, label, expiresAt } = parseBody(request, addShareRequestSchema);
    const path = readCamera(camera);
    requirePermission(identities, account(request), path, "manage");
    const known = registry.list(await streams.current(), ({ device, camera: id }) => device === path.device && id === path.camera);
    if (known.length === 0) {
      throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
    }
    // Once more: a right can be taken away while the engine is asked.
    const identity = account(request);
    requirePermission(identities, identity, path, "manage");
    response.status(201).json(shares.add({ path, label, expiresMs: Date.parse(expiresAt) }, actorOf(request, identity)));
  });
  router.delete(`${routes.shares}/:id`, (request, response) => {
    const identity = account(request);
    const id = String(request.params["id"]);
    const device = shares.deviceOf(id);
    if (device === null || !mayManage(identity)(device) || !shares.remove(id, actorOf(request, identity))) {
      throw new AppError("HC_GATEWAY_NOT_FOUND");
    }
    response.status(204).end();
  });
  return router;
}
