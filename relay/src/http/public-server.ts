import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Service } from "@helmcast/runtime";
import type { Express } from "express";
import { closeServer, listen } from "./listen.ts";

/**
 * Time limits of the public listener, in ms. A request's headers must be in after 10 s and its body after 20 s, which ends slow-header
 * attacks; answers may take as long as they do (blocking playlists, MJPEG).
 */
const limits = { headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 2_000 } as const;

/** Connections at once: far over 500 viewers with six each, under the usual limit of 4,096 open files. */
const maxConnections = 3_500;

/** Takes a WebSocket upgrade over; false when the address is not its own. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** The public listener. `port` reads the real port, also when 0 was asked for. */
export type PublicServer = Service & { readonly port: () => number };

/** Serves `app`, and hands upgrades to `upgrade`; upgrades that nobody takes are cut. */
export function createPublicServer(options: {
  readonly app: Express;
  readonly upgrade: UpgradeHandler;
  readonly host: string;
  readonly port: number;
}): PublicServer {
  const server: Server = createServer({ ...limits, maxHeaderSize: 16_384, noDelay: true }, options.app);
  server.maxConnections = maxConnections;
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (!options.upgrade(request, socket, head)) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    } else {
      socket.destroy();
    }
  });
  return {
    name: "public listener",
    start: () => listen(server, { host: options.host, port: options.port, what: "the gateway (HELMCAST_PORT sets it)" }),
    stop: () => closeServer(server),
    port() {
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : options.port;
    },
  };
}
