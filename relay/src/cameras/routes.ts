import { AppError, routes } from "@helmcast/config";
import { Router } from "express";
import type { Identities, Identity } from "../auth/identity.ts";
import { identityOf, requireIdentity } from "../auth/middleware.ts";
import { permit } from "../auth/permit.ts";
import { cameraOf } from "../http/camera-param.ts";
import type { EngineStreams } from "./engine-streams.ts";
import type { CameraRegistry } from "./registry.ts";

/** `GET /api/cameras` and `GET /api/cameras/<device>/<camera>`: what this account or share link may see, and nothing of the rest. */
export function cameraRoutes(parts: {
  readonly registry: CameraRegistry;
  readonly streams: EngineStreams;
  readonly identities: Identities;
}): Router {
  const { registry, streams, identities } = parts;
  const router = Router({ caseSensitive: true, strict: true });
  const listFor = async (identity: Identity) =>
    registry.list(await streams.current(), (path) => permit(identities.holderOf(identity, path.device, path.camera), "watch"));
  router.use(routes.cameras, requireIdentity(identities), (request, response, next) => {
    if (identityOf(request).kind === "device") {
      throw new AppError("HC_GATEWAY_FORBIDDEN");
    }
    response.set("Cache-Control", "no-store");
    next();
  });
  router.get(routes.cameras, async (request, response) => {
    response.json(await listFor(identityOf(request)));
  });
  router.get(`${routes.cameras}/:device/:camera`, async (request, response) => {
    const { device, camera } = cameraOf(request);
    const found = (await listFor(identityOf(request))).find((info) => info.path === `${device}/${camera}`);
    if (found === undefined) {
      throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
    }
    response.json(found);
  });
  return router;
}
