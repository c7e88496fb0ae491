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

/** Devices named in one token: up to 1.6 kB each, and MQTT takes passwords of 65,535 bytes (MQTT 3.1.1, section 3.1.3.5). */
const maxNamedDevices = 40;

/** Without it, what no rule names would go on to other sources of rights (EMQX, authorization with JWT). */
const nothingElse: EmqxRule = { permission: "deny", action: "all", topic: "#" };

/**
 * The `acl` claim of a token: exactly what the matrix gives, then nothing else. Commands may not be retained, and QoS 2 is not offered, as at the
 * other brokers. Of somebody with more than 40 devices it names the roles and not the devices; the gateway's guard still asks at each message.
 */
export function buildEmqxAcl(site: string, holdings: readonly EmqxHolding[]): EmqxRule[] {
  const roles = [...new Set(holdings.map(({ holder }) => holder))].map((holder) => ({ device: "+", holder }));
  const rules = (holdings.length > maxNamedDevices ? roles : holdings).flatMap(({ device, holder }) =>
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
