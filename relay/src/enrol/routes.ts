import { AppError, addDeviceRequestSchema, enrolRequestSchema, routes } from "@helmcast/config";
import { Router } from "express";
import type { ProveActor } from "../admin/routes.ts";
import { refuseTokenInQuery } from "../auth/middleware.ts";
import { json } from "../http/json-body.ts";
import { parseBody } from "../http/parse-body.ts";
import type { CodeLimit } from "./code-limit.ts";
import type { MakeEnrolment } from "./make-enrolment.ts";
import type { RedeemCode } from "./redeem-code.ts";

/** Largest body, in bytes: one short name or code, and air. */
const maxBodyBytes = 1024;

/** What the routes of enrolling are made of. */
export type EnrolRouteParts = {
  readonly makeEnrolment: MakeEnrolment;
  readonly redeemCode: RedeemCode;
  /** The one that the redeemer asks. */
  readonly limit: CodeLimit;
  /** Proves who makes a code. */
  readonly prove: ProveActor;
  /** Told to the device. */
  readonly site: string;
};

/** `POST /api/devices` (a code for a device) and `POST /api/enrol` (the device comes with it). */
export function enrolRoutes({ makeEnrolment, redeemCode, limit, prove, site }: EnrolRouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const body = json({ limit: maxBodyBytes });
  router.use([routes.devices, routes.enrol], (_request, response, next) => {
    // Codes and secrets are in the answers.
    response.set("Cache-Control", "no-store");
    next();
  });
  router.post(
    routes.devices,
    // Before the body, since a stranger's body is nobody's work; and once more after it, since a right can be taken away while it comes.
    (request, _response, next) => {
      prove(request, "site:devices");
      next();
    },
    body,
    (request, response) => {
      const actor = prove(request, "site:devices");
      const { device } = parseBody(request, addDeviceRequestSchema);
      const enrolment = makeEnrolment(device, actor.name, actor.address);
      if (actor.address !== null) {
        limit.expectFrom(actor.address);
      }
      response.status(201).json(enrolment);
    },
  );
  router.post(routes.enrol, body, async (request, response) => {
    refuseTokenInQuery(request.originalUrl);
    const { code } = parseBody(request, enrolRequestSchema);
    const result = await redeemCode(code, request.ip ?? "unknown");
    if ("waitS" in result) {
      response.set("Retry-After", String(result.waitS));
      throw new AppError("HC_GATEWAY_TOO_MANY_TRIES");
    }
    response.json({ device: result.device, site, secret: result.secret });
  });
  return router;
}
