import { AppError, deviceIdSchema, loginRequestSchema, routes } from "@helmcast/config";
import { json, type Request, type Response, Router } from "express";
import { z } from "zod";
import { parseBody } from "../http/parse-body.ts";
import type { Identities } from "./identity.ts";
import { identify, refuseCrossSite } from "./middleware.ts";
import { readSessionCookie, writeSessionCookie } from "./session-cookie.ts";
import type { MustWait, SignIn } from "./sign-in.ts";

/** Largest sign-in body, in bytes: a name, a password of 256 characters, and air. */
const maxBodyBytes = 4096;

const tokenRequestSchema = z.strictObject({ device: deviceIdSchema, secret: z.string().min(1).max(256) });

/** What a device needs to know besides its token. */
export type DeviceSurroundings = { readonly rtspPort: number; readonly mqttPort: number; readonly site: string };

/** `POST /api/auth/login`, `POST /api/auth/logout`, `GET /api/auth/session` and `POST /api/token`. */
export function authRoutes(parts: {
  readonly signIn: SignIn;
  readonly identities: Identities;
  readonly surroundings: DeviceSurroundings;
}): Router {
  const { signIn, identities, surroundings } = parts;
  const router = Router();
  const body = json({ limit: maxBodyBytes });
  router.use([routes.login, routes.logout, routes.session, routes.token], (_request, response, next) => {
    // Tokens are in the answers (RFC 6749, section 5.1).
    response.set("Cache-Control", "no-store");
    next();
  });
  router.post(routes.login, body, async (request, response) => {
    refuseCrossSite(request);
    const { user, password } = parseBody(request, loginRequestSchema);
    const result = await signIn.person(addressOf(request), user, password);
    if ("waitS" in result) {
      refuseForNow(response, result);
    }
    response.append("Set-Cookie", writeSessionCookie(result.cookie, request.secure)).json(result.token);
  });
  router.post(routes.logout, (request, response) => {
    const identity = identify(request, identities);
    if (identity.kind === "user") {
      signIn.out(identity.sid);
    }
    response.append("Set-Cookie", writeSessionCookie(null, request.secure)).status(204).end();
  });
  router.get(routes.session, (request, response) => {
    const cookie = readSessionCookie(request.headers.cookie, request.secure);
    const found = cookie === null ? null : identities.fromCookie(cookie);
    if (found === null) {
      throw new AppError("HC_GATEWAY_NOT_SIGNED_IN");
    }
    response.json({ user: found.session.account, site: surroundings.site, ...signIn.renew(found.session) });
  });
  router.post(routes.token, body, (request, response) => {
    const { device, secret } = parseBody(request, tokenRequestSchema);
    const result = signIn.device(addressOf(request), device, secret);
    if ("waitS" in result) {
      refuseForNow(response, result);
    }
    response.json({ ...result.token, ...surroundings });
  });
  return router;
}

function refuseForNow(response: Response, wait: MustWait): never {
  response.set("Retry-After", String(wait.waitS));
  throw new AppError("HC_GATEWAY_TOO_MANY_TRIES");
}

function addressOf(request: Request): string {
  return request.ip ?? "unknown";
}
