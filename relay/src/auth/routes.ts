import {
  AppError,
  changePasswordRequestSchema,
  loginRequestSchema,
  openShareRequestSchema,
  routes,
  type SessionReply,
  type SignInInfo,
  tokenRequestSchema,
} from "@helmcast/config";
import { type Request, type Response, Router } from "express";
import { json } from "../http/json-body.ts";
import { parseBody } from "../http/parse-body.ts";
import type { Identities } from "./identity.ts";
import { identify, identifyByCookie, refuseCrossSite, refuseTokenInQuery, requireAccount, requirePerson } from "./middleware.ts";
import { readSessionCookie, type SessionCookie, writeSessionCookie } from "./session-cookie.ts";
import type { MustWait, Origin, SignIn } from "./sign-in.ts";
import type { SignIns } from "./sign-ins.ts";

/** Largest sign-in body, in bytes: a name, two passwords of 256 characters that JSON may write with six bytes each, and air. */
const maxBodyBytes = 4096;
/** Longest part kept of what a browser calls itself, and of its address, in characters. */
const maxUserAgentChars = 200;
const maxAddressChars = 64;

/** What a device needs to know besides its token. */
export type DeviceSurroundings = { readonly rtspPort: number; readonly mqttPort: number; readonly site: string };

/** What the routes under `/api/auth` and `/api/token` are made of. */
export type AuthRouteParts = {
  readonly signIn: SignIn;
  readonly signIns: SignIns;
  readonly identities: Identities;
  readonly surroundings: DeviceSurroundings;
};

/** Everything under `/api/auth`, and `POST /api/token`. */
export function authRoutes(parts: AuthRouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(["/api/auth", routes.token], (request, response, next) => {
    refuseTokenInQuery(request.originalUrl);
    // Tokens are in the answers (RFC 6749, section 5.1).
    response.set("Cache-Control", "no-store");
    next();
  });
  addEntrances(router, parts);
  addSession(router, parts);
  addOwnAccount(router, parts);
  return router;
}

/** Ways in, each by a secret in the body. */
function addEntrances(router: Router, { signIn, identities, surroundings }: AuthRouteParts): void {
  const body = json({ limit: maxBodyBytes });
  router.post(routes.login, body, async (request, response) => {
    refuseCrossSite(request);
    const { user, password } = parseBody(request, loginRequestSchema);
    const result = await signIn.person(originOf(request), user, password);
    refuseForNow(response, result);
    setCookie(request, response, result.cookie).json(result.token);
  });
  router.post(routes.openShare, body, (request, response) => {
    refuseCrossSite(request);
    const { secret } = parseBody(request, openShareRequestSchema);
    const cookie = readSessionCookie(request.headers.cookie, request.secure);
    const current = cookie === null ? null : identities.fromCookie(cookie, request.ip);
    const result = signIn.share(originOf(request), secret, current?.session ?? null);
    refuseForNow(response, result);
    setCookie(request, response, result.cookie).json(result.token);
  });
  router.post(routes.token, body, (request, response) => {
    const { device, secret } = parseBody(request, tokenRequestSchema);
    const result = signIn.device(originOf(request).address, device, secret);
    refuseForNow(response, result);
    response.json({ ...result.token, ...surroundings });
  });
}

/** The session itself, also of a visitor by a share link. */
function addSession(router: Router, { signIns, identities, surroundings }: AuthRouteParts): void {
  router.get(routes.session, (request, response) => {
    const { value, proof } = identifyByCookie(request, identities);
    const { token, cookie } = signIns.renew(value, proof);
    const reply: SessionReply = { ...signIns.describe(proof.session), site: surroundings.site, ...token };
    setCookie(request, response, cookie).json(reply);
  });
  router.post(routes.logout, (request, response) => {
    const identity = identify(request, identities);
    requirePerson(identity);
    signIns.out(identity, originOf(request).address);
    response.append("Set-Cookie", writeSessionCookie(null, request.secure)).status(204).end();
  });
}

/** What people with an account do with it. */
function addOwnAccount(router: Router, { signIns, identities }: AuthRouteParts): void {
  const identifyAccount = (request: Request) => {
    const identity = identify(request, identities);
    requireAccount(identity);
    return identity;
  };
  router.post(routes.logoutEverywhere, (request, response) => {
    signIns.outEverywhere(identifyAccount(request), originOf(request).address);
    response.append("Set-Cookie", writeSessionCookie(null, request.secure)).status(204).end();
  });
  router.get(routes.signIns, (request, response) => {
    const list: readonly SignInInfo[] = signIns.list(identifyAccount(request));
    response.json(list);
  });
  router.delete(`${routes.signIns}/:id`, (request, response) => {
    if (!signIns.endOne(identifyAccount(request), request.params.id, originOf(request).address)) {
      throw new AppError("HC_GATEWAY_NOT_FOUND");
    }
    response.status(204).end();
  });
  // Who it is comes first: a body is read only of those who may send one.
  const checkAccount = (request: Request, _response: Response, next: () => void) => {
    identifyAccount(request);
    next();
  };
  router.post(routes.password, checkAccount, json({ limit: maxBodyBytes }), async (request, response) => {
    const { current, next } = parseBody(request, changePasswordRequestSchema);
    refuseForNow(response, await signIns.changePassword(identifyAccount(request), originOf(request).address, current, next));
    response.status(204).end();
  });
}

function setCookie(request: Request, response: Response, cookie: SessionCookie | null): Response {
  return cookie === null ? response : response.append("Set-Cookie", writeSessionCookie(cookie, request.secure));
}

function refuseForNow<Result extends object>(response: Response, result: MustWait | Result | null): asserts result is Result | null {
  if (result !== null && "waitS" in result) {
    response.set("Retry-After", String(result.waitS));
    throw new AppError("HC_GATEWAY_TOO_MANY_TRIES");
  }
}

function originOf(request: Request): Origin {
  const userAgent = (request.get("user-agent") ?? "").slice(0, maxUserAgentChars);
  return { address: (request.ip ?? "unknown").slice(0, maxAddressChars), userAgent };
}
