import { routes } from "@helmcast/config";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { within } from "../../contract/rig/wait.ts";
import type { Stack } from "../../rig/start-stack.ts";
import type { Proof } from "./world.ts";

/** A connection to the broker, by the devices' or the browsers' road. */
export type Link = {
  readonly client: MqttClient;
  readonly road: "tcp" | "websocket";
  readonly closed: Promise<void>;
  end(): Promise<void>;
};

/** Longest wait for an answer of the broker, in ms. */
const limitMs = 8000;

/** Connects. Rejects when the broker does not let this proof in. */
export async function joinBroker(stack: Stack, proof: Proof, road: Link["road"], options: IClientOptions = {}): Promise<Link> {
  const address = road === "tcp" ? `mqtt://127.0.0.1:${stack.ports.mqtt}` : `${stack.url.replace("http", "ws")}${routes.mqtt}`;
  const client = mqtt.connect(address, {
    username: proof.name,
    ...(proof.token === null ? {} : { password: proof.token }),
    reconnectPeriod: 0,
    connectTimeout: limitMs,
    ...options,
  });
  client.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  const end = async () => {
    await client.endAsync(true).catch(() => null);
  };
  const connected = new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
  try {
    await within("the broker's answer", connected, limitMs);
  } catch (error) {
    await end();
    throw error;
  }
  return { client, road, closed, end };
}

/** True when the broker took a harmless message on this topic; false when it cut the connection. Either way the connection is over after it. */
export async function writes(
  link: Link,
  topic: string,
  options: { readonly retain?: boolean; readonly qos?: 0 | 1 | 2 } = {},
): Promise<boolean> {
  const sent = link.client.publishAsync(topic, "{}", { qos: 1, ...options }).then(
    () => true,
    () => false,
  );
  const taken = await within(`${topic} to be taken or refused`, Promise.race([sent, link.closed.then(() => false)]), limitMs);
  await link.end();
  return taken;
}

/** True when the broker granted the subscription. */
export async function listens(link: Link, filter: string): Promise<boolean> {
  const granted = link.client.subscribeAsync(filter, { qos: 0 }).then(
    (grants) => grants.every(({ qos }) => qos < 128),
    () => false,
  );
  return await within(`${filter} to be granted or refused`, Promise.race([granted, link.closed.then(() => false)]), limitMs);
}
