import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { presentsCredentials } from "../auth/question.ts";
import { readAuthorization } from "../http/credentials.ts";
import { formatRemote, plainIp } from "../http/listen.ts";
import { refusePathName } from "../stream/path-name.ts";
import type { Authenticator, AuthQuestion } from "../stream/types.ts";
import { corsHeaders, type Reply, refuse, refuseUnauthorized, reply, replyNotFound, replyOk } from "./http-reply.ts";
import { parseRoute, type Route, readBody, readContentType } from "./http-request.ts";
import { makeIceServers, writeLinks } from "./ice-servers.ts";
import { type OpenDeps, openSession } from "./open-session.ts";
import { parseFragment } from "./sdp-fragment.ts";

/** What the handlers need. */
export type HttpDeps = OpenDeps & { readonly auth: Authenticator };

type Endpoint = Extract<Route, { kind: "endpoint" }>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Answers one request with MediaMTX's WHEP and WHIP contract (MediaMTX contract, section 2; RFC 9725). */
export async function handleRequest(request: IncomingMessage, deps: HttpDeps): Promise<Reply> {
  if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
    return reply(204, corsHeaders);
  }
  const route = parseRoute(request.url ?? "");
  if (route.kind === "session") {
    return handleSession(request, route.secret, deps);
  }
  if (route.kind === "none") {
    return replyNotFound();
  }
  switch (request.method) {
    case "OPTIONS":
      return handleOptions(request, route, deps);
    case "POST":
      return handlePost(request, route, deps);
    case "GET":
    case "HEAD":
    case "PUT":
      return refuse("HC_EMBEDDED_WEBRTC_METHOD", "method not allowed");
    default:
      return replyNotFound();
  }
}

async function handleOptions(request: IncomingMessage, route: Endpoint, deps: HttpDeps): Promise<Reply> {
  const fault = refusePath(route.path, deps);
  if (fault !== null) {
    return refuse("HC_EMBEDDED_PATH_NOT_CONFIGURED", fault, 500);
  }
  const denied = await askAuth(request, route, null, deps);
  if (denied !== null) {
    return denied;
  }
  return reply(204, {
    ...corsHeaders,
    "Access-Control-Expose-Headers": "Accept-Post, Link",
    "Accept-Post": "application/sdp",
    ...linkHeaders(deps),
  });
}

async function handlePost(request: IncomingMessage, route: Endpoint, deps: HttpDeps): Promise<Reply> {
  if (readContentType(request.headers["content-type"]) !== "application/sdp") {
    return refuse("HC_EMBEDDED_WEBRTC_REQUEST", "invalid Content-Type");
  }
  const body = await readBody(request);
  if (!body.ok) {
    return refuse(body.reason === "too-large" ? "HC_EMBEDDED_BODY_TOO_LARGE" : "HC_EMBEDDED_WEBRTC_REQUEST");
  }
  const fault = refusePath(route.path, deps);
  if (fault !== null) {
    return refuse("HC_EMBEDDED_PATH_NOT_CONFIGURED", fault);
  }
  const id = randomUUID();
  const denied = await askAuth(request, route, id, deps);
  if (denied !== null) {
    return denied;
  }
  const opened = openSession(
    {
      kind: route.protocol === "whip" ? "publish" : "read",
      path: route.path,
      query: route.query,
      user: readAuthorization(request.headers.authorization).user,
      userAgent: request.headers["user-agent"] ?? "",
      remoteAddr: formatRemote(request.socket),
      id,
    },
    body.text,
    deps,
  );
  if (!opened.ok) {
    return opened.reply;
  }
  const query = route.query === "" ? "" : `?${route.query}`;
  const headers = {
    "Content-Type": "application/sdp",
    "Access-Control-Expose-Headers": "ETag, ID, Accept-Patch, Link, Location",
    ETag: "*",
    ID: id,
    "Accept-Patch": "application/trickle-ice-sdpfrag",
    Location: `/${route.path}/${route.protocol}/${opened.session.secret}${query}`,
    ...linkHeaders(deps),
  };
  return reply(201, headers, opened.answer);
}

async function handleSession(request: IncomingMessage, secret: string, deps: HttpDeps): Promise<Reply> {
  if (request.method !== "PATCH" && request.method !== "DELETE") {
    return replyNotFound();
  }
  if (!uuidPattern.test(secret)) {
    return refuse("HC_EMBEDDED_WEBRTC_REQUEST", "invalid secret");
  }
  if (request.method === "PATCH") {
    return handlePatch(request, secret, deps);
  }
  const session = deps.table.findBySecret(secret);
  session?.close("the client ended it");
  return session === null ? refuse("HC_EMBEDDED_WEBRTC_SESSION", "session not found") : replyOk();
}

async function handlePatch(request: IncomingMessage, secret: string, deps: HttpDeps): Promise<Reply> {
  if (readContentType(request.headers["content-type"]) !== "application/trickle-ice-sdpfrag") {
    return refuse("HC_EMBEDDED_WEBRTC_REQUEST", "invalid Content-Type");
  }
  const body = await readBody(request);
  if (!body.ok) {
    return refuse(body.reason === "too-large" ? "HC_EMBEDDED_BODY_TOO_LARGE" : "HC_EMBEDDED_WEBRTC_REQUEST");
  }
  const session = deps.table.findBySecret(secret);
  if (session === null) {
    return refuse("HC_EMBEDDED_WEBRTC_SESSION", "session not found");
  }
  const reading = parseFragment(body.text);
  if (!reading.ok) {
    return refuse("HC_EMBEDDED_WEBRTC_REQUEST", reading.reason, reading.status);
  }
  return session.takeFragment(reading.fragment) === "restart"
    ? refuse("HC_EMBEDDED_WEBRTC_SESSION", "ICE restart is not supported: make a new session")
    : reply(204);
}

/** Asks the callback; null means allowed. Who has shown no credentials is asked for them at once. */
async function askAuth(request: IncomingMessage, route: Endpoint, id: string | null, deps: HttpDeps): Promise<Reply | null> {
  const question: AuthQuestion = {
    ...readAuthorization(request.headers.authorization),
    ip: plainIp(request.socket.remoteAddress),
    action: route.protocol === "whip" ? "publish" : "read",
    path: route.path,
    protocol: "webrtc",
    id,
    query: route.query,
    userAgent: request.headers["user-agent"] ?? "",
  };
  const verdict = await deps.auth.ask(question);
  return verdict === "allowed" ? null : refuseUnauthorized(!presentsCredentials(question));
}

function refusePath(path: string, deps: HttpDeps): string | null {
  const fault = refusePathName(path);
  if (fault !== null) {
    return `invalid path name: ${fault} (${path})`;
  }
  return deps.streams.isConfigured(path) ? null : `path '${path}' is not configured`;
}

function linkHeaders(deps: HttpDeps): { readonly Link?: readonly string[] } {
  const links = writeLinks(makeIceServers(deps.settings.iceServers, deps.clock.wallMs(), deps.random));
  return links.length === 0 ? {} : { Link: links };
}
