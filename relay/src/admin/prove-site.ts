import type { Identities } from "../auth/identity.ts";
import { identify, requireSite } from "../auth/middleware.ts";
import type { ProveActor } from "./routes.ts";

/** For the public listener: whoever signed in and is admin on every device. */
export function proveSite(identities: Identities): ProveActor {
  return (request, action) => {
    const identity = identify(request, identities);
    requireSite(identities, identity, action);
    return { name: identity.name, address: request.ip ?? null };
  };
}
