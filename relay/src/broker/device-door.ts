import { createServer, type Socket } from "node:net";
import { listen } from "../http/listen.ts";
import { maxConnections } from "./limits.ts";
import type { Broker } from "./types.ts";

/** The devices' way to the broker, by TCP. */
export type DeviceDoor = Pick<Broker, "port"> & {
  /** @throws AppError HC_PORT_TAKEN, HC_SETTING_INVALID */
  open(): Promise<void>;
  /** Takes nobody else in. Resolves once the last connection has gone. */
  close(): Promise<void>;
};

/** A door that hands every connection to `accept`. */
export function createDeviceDoor(options: { readonly host: string; readonly port: number; readonly accept: Broker["accept"] }): DeviceDoor {
  const { host, port, accept } = options;
  const server = createServer({ noDelay: true }, (socket: Socket) =>
    accept(socket, { address: socket.remoteAddress ?? "", bytes: () => socket.bytesWritten }),
  );
  server.maxConnections = maxConnections;
  return {
    open: () => listen(server, { host, port, what: "MQTT for devices (HELMCAST_PORT_BASE moves it)" }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
    port() {
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
  };
}
