import { AppError, parseStreamPath, type StreamPath, talkId, talkUrl } from "@helmcast/config";
import type { Request, Router } from "express";
import { type SignallingParts, signallingRoutes } from "../signalling/endpoint.ts";
import type { Devices } from "../state/devices.ts";
import { findTalkOfferFault } from "./check-offer.ts";

/** What the WHIP routes are made of. */
export type WhipParts = SignallingParts & { readonly devices: Pick<Devices, "get"> };

/**
 * WHIP (RFC 9725) at `/live/<device>/talk/whip`, for whoever may talk. There is no such address under a camera, so nobody publishes a picture
 * by it; the engine's callback refuses that once more.
 */
export function whipRoutes(parts: WhipParts): Router {
  const unknown = () => new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
  const pathOf = (request: Request): StreamPath => {
    const path = parseStreamPath(`${String(request.params["device"])}/${talkId}`);
    // A role on every device is none on devices that do not exist, and a voice to one of them would be heard by nobody.
    if (path === null || parts.devices.get(path.device) === null) {
      throw unknown();
    }
    return path;
  };
  return signallingRoutes(parts, {
    kind: "whip",
    route: `/live/:device/${talkId}/whip`,
    action: "talk",
    pathOf,
    urlOf: (path) => talkUrl(path.device),
    findOfferFault: findTalkOfferFault,
    absent: unknown,
  });
}
