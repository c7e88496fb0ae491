import { AppError, buildStreamPath } from "@helmcast/config";
import { type Request, type RequestHandler, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { identify, requirePermission } from "../auth/middleware.ts";
import { absentCamera } from "../cameras/absent-camera.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { cameraOf } from "../http/camera-param.ts";
import { VisitorGone } from "../http/engine-proxy.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import { type HlsKind, parseHlsRequest } from "./parse-request.ts";
import { sendAnswer } from "./send-answer.ts";
import type { SharedFetch } from "./shared-fetch.ts";
import type { HlsViewers } from "./viewers.ts";

/** LL-HLS at `/live/<device>/<camera>/hls/<file>`. Every request is checked anew, from memory, and the engine is asked once for many viewers. */
export function hlsRoutes(parts: {
  readonly shared: SharedFetch;
  readonly viewers: HlsViewers;
  readonly identities: Identities;
  readonly registry: Pick<CameraRegistry, "find">;
}): Router {
  const { shared, viewers, identities, registry } = parts;
  const serve: RequestHandler = async (request, response) => {
    // HTTP/2, which players fetch parts over, forbids what is said of one connection (RFC 9113, section 8.2.2); in HTTP/1.1 it stays open without a word.
    response.removeHeader("Connection");
    const camera = cameraOf(request);
    const identity = identify(request, identities);
    requirePermission(identities, identity, camera, "watch");
    const reading = parseHlsRequest(String(request.params["file"]), queryOf(request));
    if (!reading.ok) {
      throw new AppError(reading.fault === "query" ? "HC_GATEWAY_HLS_QUERY" : "HC_GATEWAY_NOT_FOUND", { detail: reading.why });
    }
    const wish = reading.request;
    const path = buildStreamPath(camera);
    const visit = viewers.visit(identity, camera, request.ip ?? "unknown", response);
    try {
      const answer = await shared.get({ request, response, viewer: visit.viewer }, path, wish);
      if (response.destroyed) {
        // Its right ended while it waited, or it left.
        return;
      }
      const error = mapHlsStatus(answer.status, wish.kind, () => absentCamera(registry, camera));
      if (error !== null) {
        throw error;
      }
      visit.sent(sendAnswer(request, response, wish.kind, answer));
    } catch (error) {
      if (!(error instanceof VisitorGone)) {
        throw error;
      }
    }
  };
  const router = Router({ caseSensitive: true, strict: true });
  router.route("/live/:device/:camera/hls/:file").get(serve).all(refuseMethod("GET, HEAD"));
  return router;
}

/**
 * The error a viewer gets for the engine's status; null when the file is there (MediaMTX contract, sections 3.1 and 3.2).
 * @param absent the error for a camera that does not publish
 */
export function mapHlsStatus(status: number, kind: HlsKind, absent: () => AppError): AppError | null {
  if (status === 200) {
    return null;
  }
  if (status === 400) {
    return new AppError("HC_GATEWAY_HLS_QUERY");
  }
  if (status === 404 && kind === "media") {
    return new AppError("HC_GATEWAY_HLS_FILE_GONE");
  }
  if (status === 404) {
    return absent();
  }
  // 401 twice or 500: the muxer ended in the middle, as when the publisher leaves. The picture is gone for now.
  if (status === 401 || status === 500) {
    return new AppError("HC_GATEWAY_CAMERA_OFFLINE");
  }
  return new AppError("HC_GATEWAY_ENGINE_ANSWER", { detail: `Status ${status}.` });
}

function queryOf(request: Request): URLSearchParams {
  const start = request.originalUrl.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : request.originalUrl.slice(start));
}
