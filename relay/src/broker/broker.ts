import { createEmbeddedBroker } from "./embedded/embedded-broker.ts";
import { createEmqxBackend } from "./emqx/emqx-backend.ts";
import { createEmqxTokens } from "./emqx/emqx-tokens.ts";
import { createMosquittoBackend, type MosquittoChoice } from "./mosquitto/mosquitto-backend.ts";
import { createProxyBroker } from "./proxy/proxy-broker.ts";
import type { Broker, BrokerParts } from "./types.ts";

/** Which broker passes messages on, and what that one needs besides. */
export type BrokerChoice =
  | { readonly kind: "embedded" }
  | {
      readonly kind: "mosquitto";
      readonly mosquitto: MosquittoChoice;
      readonly devices: () => readonly string[];
      readonly random: () => number;
    }
  | { readonly kind: "emqx"; readonly url: string; readonly secret: Buffer; readonly devices: () => readonly string[] };

/**
 * The broker that the settings ask for; the embedded one unless told otherwise.
 * @throws AppError HC_GATEWAY_BROKER_MISSING, HC_SETTING_INVALID
 */
export function createBroker(parts: BrokerParts & { readonly choice?: BrokerChoice }): Broker {
  const { choice = { kind: "embedded" }, ...rest } = parts;
  if (choice.kind === "embedded") {
    return createEmbeddedBroker(rest);
  }
  if (choice.kind === "emqx") {
    const tokens = createEmqxTokens({ ...rest, ...choice, wallMs: () => rest.clock.wallMs() });
    return createProxyBroker(rest, createEmqxBackend({ url: choice.url, tokens }));
  }
  const { mosquitto, devices, random } = choice;
  return createProxyBroker(rest, createMosquittoBackend({ ...rest, choice: mosquitto, devices, random }));
}
