import { type AccessClaims, everyDevice } from "@helmcast/config";
import type { Identities } from "../../auth/identity.ts";
import { buildEmqxAcl, buildGatewayAcl, type EmqxRule } from "./emqx-acl.ts";
import { gatewayName } from "./emqx-backend.ts";

/**
 * What a token carries besides who it is of, where EMQX is to check it: EMQX can't ask the gateway, so the rights of the moment go along. They
 * last as long as the token at most, and the gateway's guard still asks the matrix at every message that comes through it.
 * @param parts.devices ids of all enrolled devices
 */
export function createEmqxClaims(parts: {
  readonly site: string;
  readonly identities: () => Pick<Identities, "holderOf">;
  readonly devices: () => readonly string[];
}): (subject: Pick<AccessClaims, "sub" | "sid" | "kind">) => { readonly acl: readonly EmqxRule[] } {
  const { site, identities, devices } = parts;
  return ({ sub: name, sid, kind }) => {
    if (name === gatewayName) {
      return { acl: buildGatewayAcl(site) };
    }
    const identity = { kind, name, sid, expMs: 0 };
    const { holderOf } = identities();
    const everywhere = kind === "user" ? holderOf(identity, everyDevice) : null;
    const named = devices().flatMap((device) => {
      const holder = holderOf(identity, device);
      return holder === null || holder === everywhere ? [] : [{ device, holder }];
    });
    return { acl: buildEmqxAcl(site, [...(everywhere === null ? [] : [{ device: "+", holder: everywhere }]), ...named]) };
  };
}
