import { parseTopic } from "@helmcast/config";
import type { Identities, Identity } from "../../auth/identity.ts";
import type { Holder } from "../../auth/permit.ts";
import { listTopicRights } from "../topic-rights.ts";

/** One line of a role of the dynamic-security plugin. */
type RoleAcl = {
  readonly acltype: "publishClientSend" | "publishClientReceive" | "subscribeLiteral" | "subscribePattern";
  readonly topic: string;
  readonly allow: true;
};

/** A role: what one kind of holder may do with one device. Everybody of that kind has the same one. */
export type DeviceRole = { readonly name: string; readonly acls: readonly RoleAcl[] };

/** Every role that the gateway makes begins with this. */
export const rolePrefix = "r:";

/** The name of a role. Neither a device nor a holder has a colon in its name. */
const nameRole = (device: string, holder: Holder): string => `${rolePrefix}${device}:${holder}`;

/** The roles of somebody, one for each device on which the matrix knows them. */
export function findRoles(
  identity: Identity,
  identities: Pick<Identities, "holderOf">,
  site: string,
  devices: readonly string[],
): DeviceRole[] {
  return devices.flatMap((device) => {
    const holder = identities.holderOf(identity, device);
    return holder === null ? [] : [writeRole(site, device, holder)];
  });
}

/** The role under which somebody would use a topic now; null when there is none. */
export function findRoleName(identity: Identity, identities: Pick<Identities, "holderOf">, text: string): string | null {
  const device = parseTopic(text)?.device;
  const holder = device === undefined ? null : identities.holderOf(identity, device);
  return device === undefined || holder === null ? null : nameRole(device, holder);
}

/** Exactly the topics that the matrix gives. */
function writeRole(site: string, device: string, holder: Holder): DeviceRole {
  const acls = listTopicRights(site, device, holder).flatMap(({ action, topic, pattern }): RoleAcl[] =>
    action === "publish"
      ? [{ acltype: "publishClientSend", topic, allow: true }]
      : [
          { acltype: pattern ? "subscribePattern" : "subscribeLiteral", topic, allow: true },
          { acltype: "publishClientReceive", topic, allow: true },
        ],
  );
  return { name: nameRole(device, holder), acls };
}

/** The gateway's own role: everything of the site, and nothing else. */
export function writeGatewayRole(site: string): DeviceRole {
  const topic = `${site}/#`;
  const types = ["publishClientSend", "publishClientReceive", "subscribePattern"] as const;
  return { name: `${rolePrefix}gateway`, acls: types.map((acltype) => ({ acltype, topic, allow: true })) };
}
