import type { Duplex } from "node:stream";
import { MqttClient } from "mqtt";

/** How long the broker may take to let the gateway in, in ms. It stands beside it; longer is a broker that hangs. */
const connectTimeoutMs = 1500;

/** How the gateway itself comes in. */
export type LinkOptions = { readonly stream: Duplex; readonly username: string; readonly password: Buffer; readonly clientId: string };

/**
 * One connection of the gateway's own, which does not come back by itself: its owner has to prepare things again first.
 * Rejects when it is not let in.
 */
export function openLink({ stream, username, password, clientId }: LinkOptions): Promise<MqttClient> {
  const client = new MqttClient(() => stream, {
    ...{ username, password, clientId, protocolVersion: 4, clean: true, keepalive: 0 },
    ...{ reconnectPeriod: 0, connectTimeout: connectTimeoutMs, queueQoSZero: false, resubscribe: false },
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
