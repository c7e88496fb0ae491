import { cameraUrls } from "@helmcast/config";
import type { Router } from "express";
import { absentCamera } from "../cameras/absent-camera.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { cameraOf } from "../http/camera-param.ts";
import { type SignallingParts, signallingRoutes } from "../signalling/endpoint.ts";
import { findWatchOfferFault } from "./check-offer.ts";

/** What the WHEP routes are made of. */
export type WhepParts = SignallingParts & { readonly registry: Pick<CameraRegistry, "find"> };

/** WHEP (draft-ietf-wish-whep) at `/live/<device>/<camera>/whep`, for whoever may watch. */
export function whepRoutes(parts: WhepParts): Router {
  return signallingRoutes(parts, {
    kind: "whep",
    route: "/live/:device/:camera/whep",
    action: "watch",
    pathOf: cameraOf,
    urlOf: (path) => cameraUrls(path).whep,
    findOfferFault: findWatchOfferFault,
    absent: (path) => absentCamera(parts.registry, path),
  });
}
