import { AppError, buildStreamPath, type StreamPath } from "@helmcast/config";
import type { IceServer } from "@helmcast/config/load";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { gatewayUser } from "../auth/engine-callback.ts";
import type { Identities, Identity } from "../auth/identity.ts";
import { identify, identityOf, requireIdentity, requirePermission } from "../auth/middleware.ts";
import type { Action } from "../auth/permit.ts";
import { type EngineAnswer, type EngineProxy, VisitorGone } from "../http/engine-proxy.ts";
import { readBody } from "../http/read-body.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import type { Watches } from "../watching/watches.ts";
import { findFragmentFault } from "./check-sdp.ts";
import { writeIceLinks } from "./ice-servers.ts";
import { mapFragmentStatus, mapOfferStatus, pickHeaders, readSessionPath } from "./map-reply.ts";
import type { NewSession, SignallingKind, SignallingSession, SignallingSessions } from "./session-table.ts";

/** Largest offer, in bytes, as at the engine (MediaMTX contract, section 2). */
const maxOfferBytes = 128 * 1024;
/** Largest trickle fragment, in bytes; a hundred candidates take some 10 KiB. */
const maxFragmentBytes = 32 * 1024;

const offerType = "application/sdp";
const fragmentType = "application/trickle-ice-sdpfrag";

/** What WHEP and WHIP are made of alike. */
export type SignallingParts = {
  readonly proxy: EngineProxy;
  readonly sessions: SignallingSessions;
  readonly watches: Pick<Watches, "refuseKicked">;
  readonly identities: Identities;
  readonly apiSecret: string;
  readonly iceServers: readonly IceServer[];
  /** The wall clock, ms since 1970. */
  readonly wallMs: () => number;
};

/** In what WHEP and WHIP differ. */
export type Endpoint = {
  readonly kind: SignallingKind;
  /** As Express writes it. */
  readonly route: string;
  readonly action: Action;
  /** The stream path of a request. @throws AppError HC_GATEWAY_CAMERA_UNKNOWN */
  pathOf(request: Request): StreamPath;
  /** Where it is found at the gateway. */
  urlOf(path: StreamPath): string;
  /** What is wrong with an offer, or null. */
  findOfferFault(text: string): string | null;
  /** The error for a path that the engine does not have. */
  absent(path: StreamPath): AppError;
};

type Visit = {
  readonly parts: SignallingParts;
  readonly endpoint: Endpoint;
  readonly request: Request;
  readonly response: Response;
  readonly identity: Identity;
  readonly path: StreamPath;
};

/** OPTIONS and POST at an endpoint, PATCH and DELETE on the sessions under it (RFC 9725; draft-ietf-wish-whep). */
export function signallingRoutes(parts: SignallingParts, endpoint: Endpoint): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const signedIn = requireIdentity(parts.identities);
  const handle = (handler: (visit: Visit) => Promise<void> | void): RequestHandler => {
    return async (request, response) => {
      const identity = identityOf(request);
      const path = endpoint.pathOf(request);
      requirePermission(parts.identities, identity, path, endpoint.action);
      response.set("Cache-Control", "no-store");
      try {
        await handler({ parts, endpoint, request, response, identity, path });
      } catch (error) {
        if (!(error instanceof VisitorGone)) {
          throw error;
        }
      }
    };
  };
  router.route(endpoint.route).options(signedIn, handle(tellServers)).post(signedIn, handle(begin)).all(refuseMethod("OPTIONS, POST"));
  router
    .route(`${endpoint.route}/:session`)
    .patch(signedIn, handle(passFragment))
    .delete(signedIn, handle(end))
    .all(refuseMethod("PATCH, DELETE"));
  return router;
}

/** Names the ICE servers. The engine need not be asked: they are the gateway's own. */
function tellServers({ parts, response, identity }: Visit): void {
  response.status(204).set("Accept-Post", offerType);
  addLinks(parts, response, identity);
  response.end();
}

async function begin(visit: Visit): Promise<void> {
  const { parts, endpoint, request, response, identity, path } = visit;
  parts.watches.refuseKicked(identity.sid, path);
  const body = await readTyped(request, offerType, maxOfferBytes);
  const fault = endpoint.findOfferFault(body.toString("utf8"));
  if (fault !== null) {
    throw new AppError("HC_GATEWAY_OFFER_INVALID", { detail: fault });
  }
  const release = await parts.sessions.reserve(identity);
  try {
    const address = `/${buildStreamPath(path)}/${endpoint.kind}`;
    const headers = { authorization: credential(parts), "content-type": offerType };
    const answer = await parts.proxy.ask(request, response, { path: address, headers, body });
    const error = mapOfferStatus(answer.status, () => endpoint.absent(path));
    if (error !== null) {
      throw error;
    }
    const session = parts.sessions.add(readNewSession(visit, address, answer));
    endUnlessAllowed(visit, session);
    response
      .status(201)
      .set(pickHeaders(answer.headers))
      .set("Location", `${endpoint.urlOf(path)}/${session.id}`);
    addLinks(parts, response, identity);
    response.end(answer.body);
  } finally {
    release();
  }
}

/** A session that could not be cut again is not let in: without a `Location` and an `ID` the engine's answer makes no sense. */
function readNewSession({ endpoint, request, identity, path }: Visit, address: string, { headers }: EngineAnswer): NewSession {
  const secretPath = readSessionPath(headers.location, address);
  const engineId = headers["id"];
  if (secretPath === null || typeof engineId !== "string" || engineId === "") {
    throw new AppError("HC_GATEWAY_ENGINE_ANSWER", { detail: "It has no usable Location or ID." });
  }
  return { kind: endpoint.kind, owner: identity, path, secretPath, engineId, address: request.ip ?? "" };
}

/** The sign-in may have ended while the engine was asked, when there was no session yet that could be ended with it. */
function endUnlessAllowed({ parts, endpoint, request, path }: Visit, session: SignallingSession): void {
  try {
    const identity = identify(request, parts.identities);
    requirePermission(parts.identities, identity, path, endpoint.action);
    parts.watches.refuseKicked(identity.sid, path);
  } catch (error) {
    parts.sessions.end(session.id);
    throw error;
  }
}

/**
 * Passes a fragment on: candidates (204), or an ICE restart, to which the engine answers with a fragment of its own and an `ETag` (200). An
 * engine that restarts no ICE says that the session is gone, and the visitor makes a new one.
 */
async function passFragment(visit: Visit): Promise<void> {
  const { parts, request, response } = visit;
  const session = ownSession(visit);
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
  const error = mapFragmentStatus(answer.status);
  if (answer.status === 404) {
    parts.sessions.remove(session.id);
  }
  if (error !== null) {
    throw error;
  }
  response.status(answer.status).set(pickHeaders(answer.headers)).end(answer.body);
}

/** Over for the visitor at once; the engine hears of it on the same road as of every other end, also when it is slow or away just now. */
function end(visit: Visit): void {
  visit.parts.sessions.end(ownSession(visit).id);
  visit.response.status(200).end();
}

/** Another's session and one that never was are answered alike, so that ids cannot be probed. */
function ownSession({ parts, endpoint, request, identity, path }: Visit): SignallingSession {
  const session = parts.sessions.find(String(request.params["session"]), endpoint.kind, identity, path);
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

function credential({ apiSecret }: SignallingParts): string {
  return `Basic ${Buffer.from(`${gatewayUser}:${apiSecret}`).toString("base64")}`;
}

function addLinks({ iceServers, wallMs }: SignallingParts, response: Response, identity: Identity): void {
  const links = writeIceLinks(iceServers, identity.name, wallMs());
  if (links.length > 0) {
    response.set("Link", links);
  }
}
