import { AppError, type StreamPath } from "@helmcast/config";
import type { Request, RequestHandler } from "express";
import { isCrossSite } from "./cross-site.ts";
import type { Identities, Identity } from "./identity.ts";
import { type Action, permit } from "./permit.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** Query names under which people put tokens. They are refused, since addresses end up in logs, histories and playlists. */
const tokenQueryNames = ["token", "access_token", "accesstoken", "jwt", "auth", "authorization", "password"];

const safeMethods = ["GET", "HEAD", "OPTIONS"];

const identities = new WeakMap<Request, Identity>();

/** Lets through only requests with a live access token (`Authorization: Bearer`) or session cookie. A wrong token is never saved by a good cookie. */
export function requireIdentity(known: Identities): RequestHandler {
  return (request, _response, next) => {
    identities.set(request, identify(request, known));
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

/**
 * Proves who sent a request.
 * @throws AppError HC_GATEWAY_TOKEN_IN_QUERY, HC_GATEWAY_TOKEN_EXPIRED, HC_GATEWAY_TOKEN_INVALID, HC_GATEWAY_NOT_SIGNED_IN or HC_GATEWAY_CROSS_SITE
 */
export function identify(request: Request, known: Identities): Identity {
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
  const cookie = readSessionCookie(request.headers.cookie, request.secure);
  const session = cookie === null ? null : known.fromCookie(cookie);
  if (session === null) {
    throw new AppError("HC_GATEWAY_NOT_SIGNED_IN");
  }
  refuseCrossSite(request);
  return session.identity;
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
 * Checks the matrix for one camera's device.
 * @throws AppError HC_GATEWAY_FORBIDDEN
 */
export function requirePermission(known: Identities, identity: Identity, path: StreamPath, action: Action): void {
  if (!permit(known.holderOf(identity, path.device), action)) {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
}

function refuseTokenInQuery(url: string): void {
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
