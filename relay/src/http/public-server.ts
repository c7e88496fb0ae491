import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Service } from "@helmcast/runtime";
import type { Express } from "express";
import { hasOneHost } from "./check-target.ts";
import { closeServer, listen } from "./listen.ts";

/**
 * Time limits of the public listener, in ms. A request's headers must be in after 10 s and its body after 20 s, which ends slow-header
 * attacks; answers may take as long as they do (blocking playlists, MJPEG).
 */
const limits = { headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 2_000 };

/** Connections at once: far over 500 viewers with six each, under the usual limit of 4,096 open files. */
const maxConnections = 3_500;

/** What a visitor hears for Node's own refusals; everything else that is no HTTP gets a 400. */
const faultLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Takes a WebSocket upgrade over; false when the address is not its own. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** The public listener. `port` reads the real port, also when 0 was asked for. */
export type PublicServer = Service & { readonly port: () => number };

/** Serves `app`, and hands upgrades to `upgrade`; upgrades that nobody takes, or that name two hosts, are cut. */
export function createPublicServer(options: {
  readonly app: Express;
  readonly upgrade: UpgradeHandler;
  readonly host: string;
  readonly port: number;
  /** Shorter ones for tests. */
  readonly timeLimits?: Partial<typeof limits>;
}): PublicServer {
  const server: Server = createServer(
    { ...limits, ...options.timeLimits, maxHeaderSize: 16_384, noDelay: true, shouldUpgradeCallback: wantsWebSocket },
    options.app,
  );
  server.maxConnections = maxConnections;
  // Node counts upgraded connections as open, but neither times them out nor closes them.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    socket.on("error", () => socket.destroy());
    // A visitor who keeps its own half open must not hold a connection for which our last word is said.
    socket.on("finish", () => socket.destroy());
    // The app refuses two hosts too, but upgrades do not go through it.
    if (!hasOneHost(request.rawHeaders)) {
      socket.end(refuse("400 Bad Request"));
    } else if (!options.upgrade(request, socket, head)) {
      socket.end(refuse("404 Not Found"));
    }
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) {
      socket.on("finish", () => socket.destroy());
      socket.end(refuse(faultLines[error.code ?? ""] ?? "400 Bad Request"));
    } else {
      socket.destroy();
    }
  });
  return {
    name: "public listener",
    start: () => listen(server, { host: options.host, port: options.port, what: "the gateway (HELMCAST_PORT sets it)" }),
    async stop() {
      const closed = closeServer(server);
      for (const socket of upgraded) {
        socket.destroy();
      }
      await closed;
    },
    port() {
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : options.port;
    },
  };
}

/** Java's and curl's clients offer HTTP/2 with every plain request; an offer that we do not take is no reason to refuse (RFC 9110, section 7.8). */
function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

/** A whole answer for a connection that is no use any more. @param status code and reason */
function refuse(status: string): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
