import { AppError, type LeaseRight, leaseQuerySchema, leaseRequestSchema, routes } from "@helmcast/config";
import { type Request, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { identityOf, requireIdentity } from "../auth/middleware.ts";
import { type Action, permit } from "../auth/permit.ts";
import { json } from "../http/json-body.ts";
import { parseBody } from "../http/parse-body.ts";
import { refuseMethod } from "../http/refuse-method.ts";
import type { Devices } from "../state/devices.ts";
import type { LeaseCaller, Leases } from "./leases.ts";

/** Largest body, in bytes: an action, a tab, a number, and air. */
const maxBodyBytes = 1024;

/** What the routes are made of. */
export type LeaseRouteParts = {
  readonly leases: Pick<Leases, "wish" | "look">;
  readonly identities: Identities;
  readonly devices: Pick<Devices, "get">;
};

/** `GET /api/leases/:device`: who drives. `POST`: take, renew, release, ask, answer, seize. */
export function leaseRoutes({ leases, identities, devices }: LeaseRouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const prove = (request: Request, action: Action) => proveDriving({ identities, devices }, request, action);
  router
    .route(`${routes.leases}/:device`)
    .all((_request, response, next) => {
      response.set("Cache-Control", "no-store");
      next();
    }, requireIdentity(identities))
    .get((request, response) => {
      const { device, caller, may } = prove(request, "read:telemetry");
      const query = leaseQuerySchema.safeParse(request.query);
      if (!query.success) {
        throw new AppError("HC_GATEWAY_BAD_QUERY", { detail: "It takes tab, 8 to 64 characters." });
      }
      response.json({ ...leases.look(device, caller, query.data.tab ?? null), may });
    })
    .post(
      // Before the body, since a stranger's body is nobody's work; and once more after it, since a right can be taken away while it comes.
      (request, _response, next) => {
        prove(request, "write:cmd");
        next();
      },
      json({ limit: maxBodyBytes }),
      (request, response) => {
        const wish = parseBody(request, leaseRequestSchema);
        const { device, caller } = prove(request, wish.action === "seize" ? "manage" : "write:cmd");
        try {
          response.json(leases.wish(device, caller, wish));
        } catch (error) {
          if (error instanceof AppError && error.code === "HC_GATEWAY_TOO_MANY_REQUESTS") {
            response.set("Retry-After", "1");
          }
          throw error;
        }
      },
    )
    .all(refuseMethod("GET, POST"));
  return router;
}

/**
 * Checks the matrix for the device that a request names. A device that is not there looks like one with which the caller has nothing to do.
 * @throws AppError HC_GATEWAY_DEVICE_UNKNOWN, or HC_GATEWAY_FORBIDDEN to somebody who may see it but not do this
 */
export function proveDriving(
  { identities, devices }: Pick<LeaseRouteParts, "identities" | "devices">,
  request: Request,
  action: Action,
): { readonly device: string; readonly caller: LeaseCaller; readonly may: LeaseRight } {
  const { name, sid, expMs, ...identity } = identityOf(request);
  const device = String(request.params["device"]);
  const holder = devices.get(device) === null ? null : identities.holderOf({ ...identity, name, sid, expMs }, device);
  if (holder === null) {
    throw new AppError("HC_GATEWAY_DEVICE_UNKNOWN");
  }
  if (!permit(holder, action)) {
    throw new AppError("HC_GATEWAY_FORBIDDEN");
  }
  const may = permit(holder, "manage") ? "seize" : permit(holder, "write:cmd") ? "drive" : "stop";
  return { device, caller: { name, sid, expMs, address: request.ip ?? "" }, may };
}
