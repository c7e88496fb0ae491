import type { Duplex } from "node:stream";
import { AppError } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import { MqttClient } from "mqtt";

/** How long the broker may take to let the gateway in, in ms. It stands beside it; longer is a broker that hangs. */
const connectTimeoutMs = 1500;
/** How long it may take to let the gateway listen, in ms. */
const subscribeTimeoutMs = 2000;

/** How the gateway itself comes in. */
export type LinkOptions = { readonly stream: Duplex; readonly username: string; readonly password: Buffer; readonly clientId: string };

/**
 * One connection of the gateway's own, which does not come back by itself: its owner has to prepare things again first.
 * Rejects when it is not let in.
 */
export function openLink({ stream, username, password, clientId }: LinkOptions): Promise<MqttClient> {
  const client = new MqttClient(() => stream, {
    username,
    password,
    clientId,
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
    reconnectPeriod: 0,
    connectTimeout: connectTimeoutMs,
    queueQoSZero: false,
    resubscribe: false,
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      client.end(true);
      stream.destroy();
      reject(error);
    };
    const onClose = () => fail(new Error("the broker closed the connection"));
    // A listener stays: what comes later is followed by "close", which the owner hears.
    client.on("error", fail);
    client.once("close", onClose);
    client.once("connect", () => {
      client.removeListener("close", onClose);
      resolve(client);
    });
  });
}

/**
 * Subscribes to one filter. The library itself would wait for as long as the connection lasts.
 * @throws AppError HC_GATEWAY_BROKER_AWAY when the broker refuses, or does not answer in time
 */
export async function subscribeLink(client: MqttClient, filter: string, qos: 0 | 1, clock: Pick<Clock, "after">): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(subscribeTimeoutMs, () => reject(new AppError("HC_GATEWAY_BROKER_AWAY")));
  });
  try {
    const granted = await Promise.race([client.subscribeAsync(filter, { qos }), late]);
    if (granted.some((one) => one.qos === 128)) {
      throw new AppError("HC_GATEWAY_BROKER_AWAY", { detail: "The gateway may not listen there." });
    }
  } finally {
    cancel();
  }
}
