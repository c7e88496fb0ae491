import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocket } from "ws";
import { connectBroker } from "../connect-broker.ts";
import { maxPacketBytes } from "../packet-limit.ts";
import type { Backend } from "../proxy/backend.ts";
import type { EmqxTokens } from "./emqx-tokens.ts";

/** Time for the WebSocket to open, in ms. */
const handshakeTimeoutMs = 2000;

/**
 * EMQX as the broker: it checks a token that the gateway makes at the door, for one connection, whose `acl` claim names the topics. What
 * the visitor showed stays here: it is signed by keys that change, and EMQX knows one secret that does not.
 * @param options.url `ws://`, `wss://` or `mqtt://`
 */
export function createEmqxBackend(options: { readonly url: string; readonly tokens: EmqxTokens }): Backend {
  const { url, tokens } = options;
  const release = () => undefined;
  return {
    kind: "emqx",
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    prepare: () => Promise.resolve({ ...tokens.forGateway(), stream: openStream(url), release }),
    open: ({ identity }) => Promise.resolve({ ...tokens.forGuest(identity), stream: openStream(url), release }),
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
