import {
  AppError,
  accountNameSchema,
  addAccountRequestSchema,
  auditQuerySchema,
  deviceIdSchema,
  grantDeviceSchema,
  routes,
  type SiteAction,
  setGrantRequestSchema,
  setPasswordRequestSchema,
} from "@helmcast/config";
import { type Request, type RequestHandler, Router } from "express";
import { json } from "../http/json-body.ts";
import { parseBody } from "../http/parse-body.ts";
import type { Actor } from "./actor.ts";
import type { Administration } from "./administration.ts";

/** Largest body, in bytes: an account with a hundred grants has under 8 kB. */
const maxBodyBytes = 16_384;

/** Proves that whoever sent a request may do this with the relay, and says who it is. @throws AppError */
export type ProveActor = (request: Request, action: SiteAction) => Actor;

/** `/api/accounts`, `/api/devices` (list and remove) and `/api/audit`. The same routes serve the public listener and the control socket; `prove` differs. */
export function administrationRoutes(parts: { readonly administration: Administration; readonly prove: ProveActor }): Router {
  const { administration, prove } = parts;
  const router = Router({ caseSensitive: true, strict: true });
  router.use([routes.accounts, routes.devices, routes.audit], (_request, response, next) => {
    // Who there is, and made passwords, are in the answers.
    response.set("Cache-Control", "no-store");
    next();
  });
  addPeopleRoutes(router, administration, prove);
  router.get(routes.devices, (request, response) => {
    prove(request, "site:devices");
    response.json(administration.devices.list());
  });
  router.delete(`${routes.devices}/:device`, (request, response) => {
    const actor = prove(request, "site:devices");
    administration.devices.remove(readDevice(request), actor);
    response.status(204).end();
  });
  router.get(routes.audit, (request, response) => {
    prove(request, "site:audit");
    const question = auditQuerySchema.safeParse(request.query);
    if (!question.success) {
      const issue = question.error.issues[0];
      throw new AppError("HC_GATEWAY_BAD_QUERY", { detail: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}.` });
    }
    response.json(administration.readAudit(question.data));
  });
  return router;
}

function addPeopleRoutes(router: Router, { people }: Administration, prove: ProveActor): void {
  const body = json({ limit: maxBodyBytes });
  const account = `${routes.accounts}/:name`;
  const grant = `${account}/grants/:device`;
  // Before the body, since a stranger's body is nobody's work; and once more after it, since a right can be taken away while it comes.
  const first: RequestHandler = (request, _response, next) => {
    prove(request, "site:people");
    next();
  };
  router.get(routes.accounts, first, (_request, response) => {
    response.json(people.list());
  });
  router.post(routes.accounts, first, body, async (request, response) => {
    const actor = prove(request, "site:people");
    response.status(201).json(await people.add(parseBody(request, addAccountRequestSchema), actor));
  });
  router.delete(account, (request, response) => {
    const actor = prove(request, "site:people");
    people.remove(readName(request), actor);
    response.status(204).end();
  });
  router.post(`${account}/password`, first, body, async (request, response) => {
    const actor = prove(request, "site:people");
    const { password } = parseBody(request, setPasswordRequestSchema);
    response.json(await people.setPassword(readName(request), password ?? null, actor));
  });
  router.put(grant, first, body, (request, response) => {
    const actor = prove(request, "site:people");
    const { role } = parseBody(request, setGrantRequestSchema);
    people.setGrant(readName(request), { device: readGrantDevice(request), role }, actor);
    response.status(204).end();
  });
  router.delete(grant, (request, response) => {
    const actor = prove(request, "site:people");
    people.removeGrant(readName(request), readGrantDevice(request), actor);
    response.status(204).end();
  });
}

/** What is no name at all is nobody's, so it is refused in the same words. */
function readName(request: Request): string {
  const name = accountNameSchema.safeParse(request.params["name"]);
  if (!name.success) {
    throw new AppError("HC_GATEWAY_ACCOUNT_UNKNOWN");
  }
  return name.data;
}

function readDevice(request: Request): string {
  const device = deviceIdSchema.safeParse(request.params["device"]);
  if (!device.success) {
    throw new AppError("HC_GATEWAY_DEVICE_UNKNOWN");
  }
  return device.data;
}

function readGrantDevice(request: Request): string {
  const device = grantDeviceSchema.safeParse(request.params["device"]);
  if (!device.success) {
    throw new AppError("HC_GATEWAY_DEVICE_UNKNOWN", { detail: "Use 1 to 32 of a-z, 0-9 and -, or * for every device." });
  }
  return device.data;
}
