import { AppError, buildStreamPath, cameraUrls, type StreamPath } from "@helmcast/config";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { gatewayUser } from "../auth/engine-callback.ts";
import type { Identities, Identity } from "../auth/identity.ts";
import { identify, identityOf, requireIdentity, requirePermission } from "../auth/middleware.ts";
import { absentCamera } from "../cameras/absent-camera.ts";
import type { CameraRegistry } from "../cameras/registry.ts";
import { cameraOf } from "../http/camera-param.ts";
import { type EngineAnswer, type EngineProxy, VisitorGone } from "../http/engine-proxy.ts";
import { readBody } from "../http/read-body.ts";
import { findFragmentFault, findOfferFault } from "./check-offer.ts";
import { mapOfferStatus, mapOptionsStatus, mapSessionStatus, pickHeaders, readSessionPath } from "./map-reply.ts";
import type { WhepSession, WhepSessions } from "./sessions.ts";

/** Largest offer, in bytes, as at the engine (MediaMTX contract, section 2). */
const maxOfferBytes = 128 * 1024;
/** Largest trickle fragment, in bytes; a hundred candidates take some 10 KiB. */
const maxFragmentBytes = 32 * 1024;

const offerType = "application/sdp";
const fragmentType = "application/trickle-ice-sdpfrag";

/** What the WHEP routes are made of. */
export type WhepParts = {
  readonly proxy: EngineProxy;
  readonly sessions: WhepSessions;
  readonly identities: Identities;
  readonly registry: Pick<CameraRegistry, "find">;
  readonly apiSecret: string;
};

/** WHEP (draft-ietf-wish-whep) at `/live/<device>/<camera>/whep`: OPTIONS and POST there, PATCH and DELETE on the session under it. */
export function whepRoutes(parts: WhepParts): Router {
  const router = Router();
  const signedIn = requireIdentity(parts.identities);
  const endpoint = "/live/:device/:camera/whep";
  router.route(endpoint).options(signedIn, handle(parts, options)).post(signedIn, handle(parts, post)).all(refuseMethod("OPTIONS, POST"));
  router
    .route(`${endpoint}/:session`)
    .patch(signedIn, handle(parts, patch))
    .delete(signedIn, handle(parts, remove))
    .all(refuseMethod("PATCH, DELETE"));
  return router;
}

type Handler = (parts: WhepParts, request: Request, response: Response, identity: Identity) => Promise<void>;

function handle(parts: WhepParts, handler: Handler): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(request);
    requirePermission(parts.identities, identity, cameraOf(request), "watch");
    response.set("Cache-Control", "no-store");
    try {
      await handler(parts, request, response, identity);
    } catch (error) {
      if (!(error instanceof VisitorGone)) {
        throw error;
      }
    }
  };
}

function refuseMethod(allowed: string): RequestHandler {
  return (_request, response) => {
    response.set("Allow", allowed);
    throw new AppError("HC_GATEWAY_METHOD", { detail: `It takes ${allowed}.` });
  };
}

async function options(parts: WhepParts, request: Request, response: Response): Promise<void> {
  const camera = cameraOf(request);
  const path = `/${buildStreamPath(camera)}/whep`;
  const answer = await parts.proxy.ask(request, response, { path, headers: { authorization: credential(parts) } });
  const error = mapOptionsStatus(answer.status, () => absentCamera(parts.registry, camera));
  if (error !== null) {
    throw error;
  }
  pass(response, answer, 204);
}

async function post(parts: WhepParts, request: Request, response: Response, identity: Identity): Promise<void> {
  const camera = cameraOf(request);
  const body = await readTyped(request, offerType, maxOfferBytes);
  const fault = findOfferFault(body.toString("utf8"));
  if (fault !== null) {
    throw new AppError("HC_GATEWAY_OFFER_INVALID", { detail: fault });
  }
  const release = await parts.sessions.reserve(identity.name);
  try {
    const cameraPath = buildStreamPath(camera);
    const headers = { authorization: credential(parts), "content-type": offerType };
    const answer = await parts.proxy.ask(request, response, { path: `/${cameraPath}/whep`, headers, body });
    const error = mapOfferStatus(answer.status, () => absentCamera(parts.registry, camera));
    if (error !== null) {
      throw error;
    }
    const session = addSession(parts, identity, camera, answer);
    await endUnlessAllowed(parts, request, session);
    response.set("Location", `${cameraUrls(camera).whep}/${session.id}`);
    pass(response, answer, 201);
  } finally {
    release();
  }
}

function addSession(parts: WhepParts, identity: Identity, camera: StreamPath, answer: EngineAnswer): WhepSession {
  const cameraPath = buildStreamPath(camera);
  const secretPath = readSessionPath(answer.headers.location, cameraPath);
  if (secretPath === null) {
    throw new AppError("HC_GATEWAY_ENGINE_ANSWER", { detail: "It has no usable Location." });
  }
  const engineId = answer.headers["id"];
  return parts.sessions.add({
    signInId: identity.sid,
    account: identity.name,
    camera,
    secretPath,
    engineId: typeof engineId === "string" ? engineId : null,
  });
}

/** The sign-in may have ended while the engine was asked, when there was no session yet that could be ended with it. */
async function endUnlessAllowed(parts: WhepParts, request: Request, session: WhepSession): Promise<void> {
  try {
    requirePermission(parts.identities, identify(request, parts.identities), session.camera, "watch");
  } catch (error) {
    await parts.sessions.end([session]);
    throw error;
  }
}

async function patch(parts: WhepParts, request: Request, response: Response, identity: Identity): Promise<void> {
  const session = ownSession(parts, request, identity);
  const body = await readTyped(request, fragmentType, maxFragmentBytes);
  const fault = findFragmentFault(body.toString("utf8"));
  if (fault !== null) {
    throw new AppError("HC_GATEWAY_FRAGMENT_INVALID", { detail: fault });
  }
  const ifMatch = request.get("if-match");
  const headers = {
    authorization: credential(parts),
    "content-type": fragmentType,
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
  };
  const answer = await parts.proxy.ask(request, response, { path: session.secretPath, headers, body });
  const error = mapSessionStatus(answer.status);
  if (answer.status === 404) {
    parts.sessions.remove(session.id);
  }
  if (error !== null) {
    throw error;
  }
  pass(response, answer, answer.status);
}

async function remove(parts: WhepParts, request: Request, response: Response, identity: Identity): Promise<void> {
  const session = ownSession(parts, request, identity);
  parts.sessions.remove(session.id);
  const answer = await parts.proxy.ask(request, response, { path: session.secretPath, headers: { authorization: credential(parts) } });
  const error = mapSessionStatus(answer.status);
  if (error !== null && error.code !== "HC_GATEWAY_SESSION_GONE") {
    throw error;
  }
  response.status(200).end();
}

/** Another's session and one that never was are answered alike, so that ids cannot be probed. */
function ownSession(parts: WhepParts, request: Request, identity: Identity): WhepSession {
  const session = parts.sessions.find(String(request.params["session"]), identity.name, cameraOf(request));
  if (session === null) {
    throw new AppError("HC_GATEWAY_SESSION_GONE");
  }
  return session;
}

async function readTyped(request: Request, type: string, maxBytes: number): Promise<Buffer> {
  if (request.get("content-type")?.split(";")[0]?.trim().toLowerCase() !== type) {
    throw new AppError("HC_GATEWAY_BODY_TYPE", { detail: `Send ${type}.` });
  }
  return readBody(request, maxBytes);
}

function credential(parts: WhepParts): string {
  return `Basic ${Buffer.from(`${gatewayUser}:${parts.apiSecret}`).toString("base64")}`;
}

function pass(response: Response, answer: EngineAnswer, status: number): void {
  response.status(status).set(pickHeaders(answer.headers)).end(answer.body);
}
