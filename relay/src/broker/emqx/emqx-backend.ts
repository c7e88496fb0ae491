import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocket } from "ws";
import { connectBroker } from "../connect-broker.ts";
import { maxPacketBytes } from "../packet-limit.ts";
import type { Backend } from "../proxy/backend.ts";

/** The name under which the gateway itself signs in; the subject of its token. No device and no account has a colon in its name. */
export const gatewayName = "helmcast:gateway";

/** Time for the WebSocket to open, in ms. */
const handshakeTimeoutMs = 2000;

/**
 * EMQX as the broker: it checks the visitor's own token, whose `acl` claim names the topics, so the password goes on as it came.
 * @param options.url `ws://`, `wss://` or `mqtt://`
 * @param options.gatewayToken a fresh token of the gateway's own, asked at every connection
 */
export function createEmqxBackend(options: { readonly url: string; readonly gatewayToken: () => string }): Backend {
  const { url, gatewayToken } = options;
  return {
    kind: "emqx",
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    prepare: () =>
      Promise.resolve({ stream: openStream(url), username: gatewayName, password: Buffer.from(gatewayToken()), release: () => undefined }),
    open: (_guest, shown) => Promise.resolve({ stream: openStream(url), ...shown, covers: () => true, release: () => undefined }),
    revive: () => undefined,
    pid: () => null,
  };
}

function openStream(url: string): Duplex {
  if (new URL(url).protocol === "mqtt:") {
    return connectBroker(url);
  }
  const socket = new WebSocket(url, ["mqtt"], {
    perMessageDeflate: false,
    maxPayload: 2 * maxPacketBytes,
    handshakeTimeout: handshakeTimeoutMs,
  });
  return createWebSocketStream(socket, { decodeStrings: false });
}
