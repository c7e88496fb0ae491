import type { IncomingMessage } from "node:http";
import { routes } from "@helmcast/config";
import { createWebSocketStream, WebSocketServer } from "ws";
import { originMatchesHost } from "../auth/cross-site.ts";
import type { UpgradeHandler } from "../http/public-server.ts";
import { maxPacketBytes } from "./packet-limit.ts";
import type { Broker } from "./types.ts";

/** Bytes kept for one viewer that does not read, before the broker's own drain timeout counts. */
const highWaterMark = 64 * 1024;

/**
 * The viewers' way to the broker at `/mqtt`. A page of another origin is refused (RFC 6455, section 10.2); programs send no Origin and need
 * their token anyway.
 * @param addressOf the visitor's address, where a front stands before the gateway
 */
export function createMqttUpgrade(
  broker: Pick<Broker, "accept">,
  addressOf: (request: IncomingMessage) => string = (request) => request.socket.remoteAddress ?? "",
): UpgradeHandler {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxPacketBytes,
    handleProtocols: (offered) => ["mqtt", "mqttv3.1"].find((name) => offered.has(name)) ?? false,
  });
  return (request, socket, head) => {
    // Exactly this: with a query it would be a place for tokens, which logs keep.
    if (request.url !== routes.mqtt) {
      return false;
    }
    const { origin, host } = request.headers;
    if (origin !== undefined && !originMatchesHost(origin, host)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return true;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const bytes = () => ("bytesWritten" in socket && typeof socket.bytesWritten === "number" ? socket.bytesWritten : null);
      broker.accept(createWebSocketStream(webSocket, { highWaterMark, decodeStrings: false }), { address: addressOf(request), bytes });
    });
    return true;
  };
}
