import { AppError, type SiteAction, type StreamPath } from "@helmcast/config";
import type { Request, RequestHandler } from "express";
import { isCrossSite } from "./cross-site.ts";
import type { CookieProof, Identities, Identity } from "./identity.ts";
import { type Action, permit, permitSite } from "./permit.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** Query names under which people put tokens. They are refused, since addresses end up in logs, histories and playlists. */
const tokenQueryNames = ["token", "access_token", "accesstoken", "jwt", "auth", "authorization", "password"];

const safeMethods = ["GET", "HEAD", "OPTIONS"];

const identities = new WeakMap<Request, Identity>();

/** Lets through only requests with a live access token (`Authorization: Bearer`) or session cookie. A wrong token is never saved by a good cookie. */
export function requireIdentity(known: Identities): RequestHandler {
  return (request, _response, next) => {
    identify(request, known);
    next();
  };
}

/**
 * Who sent this request. For handlers behind {@link requireIdentity}.
 * @throws AppError HC_GATEWAY_NOT_SIGNED_IN when the handler stands before it
 */
export function identityOf(request: Request): Identity {
  const identity = identities.get(request);
  if (identity === undefined) {
    throw new AppError("HC_GATEWAY_NOT_SIGNED_IN");
  }
  return identity;
}

/** The name behind a request, for the log; null before it was proved, or when it was not. */
export function whoOf(request: Request): string | null {
  return identities.get(request)?.name ?? null;
}

/**
 * Proves who sent a request, and remembers it.
 * @throws AppError HC_GATEWAY_TOKEN_IN_QUERY, HC_GATEWAY_TOKEN_EXPIRED, HC_GATEWAY_TOKEN_INVALID, HC_GATEWAY_NOT_SIGNED_IN or HC_GATEWAY_CROSS_SITE
 */
export function identify(request: Request, known: Identities): Identity {
  const identity = prove(request, known);
  identities.set(request, identity);
  return identity;
}

function prove(request: Request, known: Identities): Identity {
  refuseTokenInQuery(request.originalUrl);
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
    const proof = token === undefined ? ({ ok: false, reason: "invalid" } as const) : known.fromToken(token);
    if (!proof.ok) {
      throw new AppError(proof.reason === "expired" ? "HC_GATEWAY_TOKEN_EXPIRED" : "HC_GATEWAY_TOKEN_INVALID");
    }
    return proof.identity;
  }
  return identifyByCookie(request, known).proof.identity;
}

/**
 * Proves who sent a request by its cookie alone.
 * @throws AppError HC_GATEWAY_NOT_SIGNED_IN or HC_GATEWAY_CROSS_SITE
 */
export function identifyByCookie(request: Request, known: Identities): { readonly value: string; readonly proof: CookieProof } {
  // Looked at before the cookie is: a foreign page must not be able to do as little as mark it as used.
  refuseCrossSite(request);
  const value = readSessionCookie(request.headers.cookie, request.secure);
  const proof = value === null ? null : known.fromCookie(value, request.ip);
  if (value === null || proof === null) {
    throw new AppError("HC_GATEWAY_NOT_SIGNED_IN");
  }
  return { value, proof };
}

/**
 * Refuses what a page of another site may have sent with our visitor's cookie; asked for before signing in too, or another site could sign a visitor in as itself.
 * @throws AppError HC_GATEWAY_CROSS_SITE
 */
export function refuseCrossSite(request: Request): void {
  const { origin, host } = request.headers;
  const secFetchSite = request.get("sec-fetch-site");
  if (!safeMethods.includes(request.method) && isCrossSite({ secFetchSite, origin, host })) {
    throw new AppError("HC_GATEWAY_CROSS_SITE");
  }
}

/**
 * Checks the matrix for one camera. Whoever has nothing to do with the device hears what is heard of a camera that does not exist.
 * @throws AppError HC_GATEWAY_CAMERA_UNKNOWN, or HC_GATEWAY_FORBIDDEN to somebody who may see it but not do this
 */
export function requirePermission(known: Identities, identity: Identity, path: StreamPath, action: Action): void {
  const holder = known.holderOf(identity, path.device, path.camera);
  if (holder === null) {
    throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
  }
  if (!permit(holder, action)) {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
}

/**
 * Checks what is done with the relay as a whole.
 * @throws AppError HC_GATEWAY_FORBIDDEN
 */
export function requireSite(known: Identities, identity: Identity, action: SiteAction): void {
  if (!permitSite(known.isSiteAdmin(identity), action)) {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
}

/**
 * Lets only people with an account on: no visitors by a share link and no devices.
 * @throws AppError HC_GATEWAY_FORBIDDEN
 */
export function requireAccount(identity: Identity): void {
  if (identity.kind !== "user") {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
}

/**
 * Lets people on, with an account or by a share link: no devices.
 * @throws AppError HC_GATEWAY_FORBIDDEN
 */
export function requirePerson(identity: Identity): void {
  if (identity.kind === "device") {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
}

/**
 * Refuses a token in an address.
 * @throws AppError HC_GATEWAY_TOKEN_IN_QUERY
 */
export function refuseTokenInQuery(url: string): void {
  const start = url.indexOf("?");
  if (start < 0) {
    return;
  }
  for (const name of new URLSearchParams(url.slice(start)).keys()) {
    if (tokenQueryNames.includes(name.toLowerCase())) {
      throw new AppError("HC_GATEWAY_TOKEN_IN_QUERY");
    }
  }
}
