import { AppError } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
import express, { type Express, type RequestHandler, type Router } from "express";
import { hasOneHost, isPlainTarget } from "./check-target.ts";
import { answerErrors, answerNotFound } from "./error-reply.ts";
import { giveRequestId } from "./request-id.ts";
import { securityHeaders } from "./security-headers.ts";

/** What the public app is put together from. */
export type AppParts = {
  readonly routers: readonly Router[];
  readonly log: Log;
  /** Proxies that may say who the visitor is and that the way was encrypted (setting `trustedProxies`); nobody else is believed. Default: this host. */
  readonly trustedProxies?: readonly string[];
  /** Run for every request, in order, before it is looked at: counting and limits. */
  readonly guards?: readonly RequestHandler[];
};

/** No body may announce more than this, in bytes: no address takes as much, and each has its own limit besides. */
const maxAnnouncedBytes = 1024 * 1024;

/** Puts the public app together: checks that hold for every request, then the given routers in order, then the one error answer. */
export function buildApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.set("strict routing", true);
  app.set("trust proxy", [...(parts.trustedProxies ?? ["loopback"])]);
  app.use(giveRequestId);
  // Before anything can be refused, so that refusals carry them too.
  app.use(securityHeaders());
  for (const guard of parts.guards ?? []) {
    app.use(guard);
  }
  app.use((request, _response, next) => {
    if (!isPlainTarget(request.url)) {
      throw new AppError("HC_GATEWAY_BAD_PATH");
    }
    if (!hasOneHost(request.rawHeaders)) {
      throw new AppError("HC_GATEWAY_BAD_PATH", { detail: "The request names two hosts." });
    }
    // Said before a byte of it is read: parsers read what is too large to its end before they refuse it.
    if (Number(request.headers["content-length"] ?? 0) > maxAnnouncedBytes) {
      throw new AppError("HC_GATEWAY_BODY_TOO_LARGE");
    }
    next();
  });
  for (const router of parts.routers) {
    app.use(router);
  }
  app.use(answerNotFound);
  app.use(answerErrors(parts.log));
  return app;
}
