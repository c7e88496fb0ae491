import type { Duplex } from "node:stream";
import { buildTopic } from "@helmcast/config";
import { createDeviceDoor } from "../device-door.ts";
import { createGuard } from "../guard.ts";
import { maxConnections } from "../limits.ts";
import { createListeners } from "../listeners.ts";
import type { Broker, BrokerParts, Origin } from "../types.ts";
import { createBackbone } from "./backbone.ts";
import type { Backend } from "./backend.ts";
import { type GuestPipe, pipeGuest } from "./guest-pipe.ts";
import { createRoll } from "./roll.ts";

/** A broker outside this process: all connections come through the gateway, which asks the same guard, and the gateway has one of its own. */
export function createProxyBroker(parts: BrokerParts, backend: Backend): Broker {
  const { site, host, port, clock, log } = parts;
  const guard = createGuard(parts);
  const listeners = createListeners(parts);
  const roll = createRoll();
  listeners.onStatus(roll.note);
  const pipes = new Set<GuestPipe>();
  const cutAll = () => {
    for (const pipe of pipes) {
      pipe.end();
    }
  };
  const backbone = createBackbone({
    backend,
    site,
    clock,
    log,
    onMessage: listeners.tell,
    onUp() {
      // The kept messages went with the broker. Devices say anew that they are there; those that never come back must not be missing.
      for (const [device, status] of roll.takeAbsent()) {
        backbone.publish(buildTopic({ site, device, channel: "status" }), JSON.stringify(status), { qos: 1, retain: true });
      }
    },
    onDown() {
      // Silence on an open connection is what nobody notices; a closed one is.
      cutAll();
      for (const [device, status] of roll.markAllAbsent()) {
        listeners.tellStatus(device, status);
      }
    },
  });
  const accept = (stream: Duplex, from: Origin) => {
    if (!backbone.up || pipes.size >= maxConnections) {
      stream.on("error", () => undefined);
      stream.destroy();
      return;
    }
    const pipe = pipeGuest(stream, from, { guard, backend, clock, log });
    pipes.add(pipe);
    stream.once("close", () => pipes.delete(pipe));
  };
  const door = createDeviceDoor({ host, port, accept });
  return {
    name: "broker",
    accept,
    onStatus: listeners.onStatus,
    onMessage: listeners.onMessage,
    publish: backbone.publish,
    port: door.port,
    get ready() {
      return backbone.up;
    },
    describe: () => ({ kind: backend.kind, pid: backend.pid() }),
    async start() {
      await backbone.start();
      try {
        await door.open();
      } catch (error) {
        await backbone.stop();
        throw error;
      }
    },
    async stop() {
      const closed = door.close();
      guard.stop();
      cutAll();
      await closed;
      await backbone.stop();
    },
  };
}
