import { routes } from "@helmcast/config";
import { createWebSocketStream, WebSocketServer } from "ws";
import { originMatchesHost } from "../auth/cross-site.ts";
import type { UpgradeHandler } from "../http/public-server.ts";
import type { Broker } from "./broker.ts";
import { maxPacketBytes } from "./packet-limit.ts";

/** Bytes kept for one viewer that does not read, before the broker's own drain timeout counts. */
const highWaterMark = 64 * 1024;

/** The viewers' way to the broker at `/mqtt`. A page of another origin is refused (RFC 6455, section 10.2); programs send no Origin and need their token anyway. */
export function createMqttUpgrade(broker: Pick<Broker, "accept">): UpgradeHandler {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxPacketBytes,
    handleProtocols: (offered) => ["mqtt", "mqttv3.1"].find((name) => offered.has(name)) ?? false,
  });
  return (request, socket, head) => {
    const path = (request.url ?? "").split("?")[0];
    if (path !== routes.mqtt) {
      return false;
    }
    const { origin, host } = request.headers;
    if (origin !== undefined && !originMatchesHost(origin, host)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return true;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      broker.accept(createWebSocketStream(webSocket, { highWaterMark, decodeStrings: false }));
    });
    return true;
  };
}
