import type { Holder } from "../../auth/permit.ts";
import { listTopicRights } from "../topic-rights.ts";

/** One line of the `acl` claim, in the form that EMQX has since 5.5. */
export type EmqxRule = {
  readonly permission: "allow" | "deny";
  readonly action: "publish" | "subscribe" | "all";
  readonly topic: string;
  readonly qos?: readonly (0 | 1)[];
  readonly retain?: boolean;
};

/** What somebody is to a device; `+` is every device. */
export type EmqxHolding = { readonly device: string; readonly holder: Holder };

/** Devices named in one token: some 900 bytes each, and a token also has to fit into an HTTP header. Who has more has a role on every device, or takes a broker that asks the gateway. */
const maxNamedDevices = 6;

/** Without it, what no rule names would go on to other sources of rights (EMQX, authorization with JWT). */
const nothingElse: EmqxRule = { permission: "deny", action: "all", topic: "#" };

/**
 * The `acl` claim of a token: exactly what the matrix gives, then nothing else. Commands may not be retained, and QoS 2 is not offered, as at the
 * other brokers.
 */
export function buildEmqxAcl(site: string, holdings: readonly EmqxHolding[]): EmqxRule[] {
  const rules = holdings.slice(0, maxNamedDevices + 1).flatMap(({ device, holder }) =>
    listTopicRights(site, device, holder).map(({ action, topic, mayRetain }): EmqxRule => {
      const rule = { permission: "allow", action, topic, qos: [0, 1] } as const;
      return action === "publish" && !mayRetain ? { ...rule, retain: false } : rule;
    }),
  );
  return [...rules, nothingElse];
}

/** The `acl` claim of the gateway itself: everything of its site. */
export function buildGatewayAcl(site: string): EmqxRule[] {
  return [{ permission: "allow", action: "all", topic: `${site}/#` }, nothingElse];
}
