import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type DeviceStatus, deviceStatusSchema, parseTopic } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { Aedes } from "aedes";
import type { Identities } from "../auth/identity.ts";
import { listen } from "../http/listen.ts";
import { createGuests } from "./guests.ts";
import { createPacketWatch } from "./packet-limit.ts";

/** Connections at once, by TCP and WebSocket together. */
const maxConnections = 1000;
/** Time for CONNECT to come, in ms. */
const connectTimeoutMs = 5000;
/** How long one connection that does not read may hold a delivery up, in ms; then it is cut. The library's 60 s would let a frozen tab delay a stop. */
const drainTimeoutMs = 2000;

/** Gets every valid status of a device. */
export type StatusListener = (device: string, status: DeviceStatus) => void;

/** The broker inside the gateway: devices come by TCP, viewers by WebSocket, and the gateway itself listens to what devices say of themselves. */
export type Broker = Service & {
  /** Takes over a connection that speaks MQTT. */
  accept(stream: Duplex): void;
  /** Cuts everything that connected under a sign-in. */
  endSignIn(signInId: string): void;
  onStatus(listener: StatusListener): void;
  /** The port of the TCP listener, also when 0 was asked for. */
  port(): number;
  readonly ready: boolean;
};

/** What the broker is made of. */
export type BrokerParts = {
  readonly identities: Identities;
  readonly site: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** An aedes broker whose every hook asks the one permission matrix. */
export function createBroker(parts: BrokerParts): Broker {
  const guests = createGuests(parts);
  const statusListeners: StatusListener[] = [];
  const aedes = makeAedes(guests, statusListeners, parts.log);
  const accept = (stream: Duplex) => {
    const watch = createPacketWatch();
    stream.on("error", () => stream.destroy());
    aedes.handle(stream);
    // Added after the broker's own listener for "readable", which stays in charge of the flow; this one only sees what it reads.
    stream.on("data", (chunk: Buffer) => {
      if (!watch.accept(chunk)) {
        stream.destroy(new Error("MQTT packet too large"));
      }
    });
  };
  const server = createServer({ noDelay: true }, (socket: Socket) => accept(socket));
  server.maxConnections = maxConnections;
  let ready = false;
  return {
    name: "broker",
    accept,
    endSignIn: (signInId) => guests.endSignIn(signInId),
    onStatus: (listener) => void statusListeners.push(listener),
    port() {
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : parts.port;
    },
    get ready() {
      return ready;
    },
    async start() {
      await aedes.listen();
      await listen(server, { host: parts.host, port: parts.port, what: "MQTT for devices (HELMCAST_PORT_BASE moves it)" });
      ready = true;
    },
    async stop() {
      ready = false;
      guests.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(resolve));
      await closed;
    },
  };
}

function makeAedes(guests: ReturnType<typeof createGuests>, statusListeners: readonly StatusListener[], log: Log): Aedes {
  const aedes = new Aedes({
    connectTimeout: connectTimeoutMs,
    drainTimeout: drainTimeoutMs,
    maxTopicLevels: 8,
    queueLimit: 64,
    maxInflightInbound: 1,
    ...guests.hooks,
    preConnect(_client, packet, done) {
      // Sessions that outlive their connection would pile up messages for people who are gone.
      packet.clean = true;
      done(null, aedes.connectedClients < maxConnections);
    },
  });
  aedes.on("clientDisconnect", (client) => guests.forget(client));
  aedes.on("clientError", (client, error) => log.debug({ client: client.id, err: error }, "a broker connection failed"));
  aedes.on("connectionError", (_client, error) => log.debug({ err: error }, "a broker connection failed before it signed in"));
  aedes.on("publish", (packet, client) => {
    const topic = client === null ? null : parseTopic(packet.topic);
    const status = topic?.channel === "status" ? readStatus(packet.payload) : null;
    if (topic !== null && status !== null) {
      for (const listener of statusListeners) {
        listener(topic.device, status);
      }
    }
  });
  return aedes;
}

function readStatus(payload: string | Buffer): DeviceStatus | null {
  try {
    const status = deviceStatusSchema.safeParse(JSON.parse(payload.toString()));
    return status.success ? status.data : null;
  } catch {
    // No JSON: a status that says nothing, which changes nothing.
    return null;
  }
}
