import { AppError } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
import express, { type Express, type Router } from "express";
import { isPlainTarget } from "./check-target.ts";
import { answerErrors, answerNotFound } from "./error-reply.ts";
import { giveRequestId } from "./request-id.ts";
import { securityHeaders } from "./security-headers.ts";

/** Puts the public app together: checks that hold for every request, then the given routers in order, then the one error answer. */
export function buildApp(parts: { readonly routers: readonly Router[]; readonly log: Log }): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.set("strict routing", true);
  // A TLS front on this host may say who the visitor is and that the way was encrypted; nobody else is believed.
  app.set("trust proxy", "loopback");
  app.use(giveRequestId);
  app.use((request, _response, next) => {
    if (!isPlainTarget(request.url)) {
      throw new AppError("HC_GATEWAY_BAD_PATH");
    }
    next();
  });
  app.use(securityHeaders());
  for (const router of parts.routers) {
    app.use(router);
  }
  app.use(answerNotFound);
  app.use(answerErrors(parts.log));
  return app;
}
