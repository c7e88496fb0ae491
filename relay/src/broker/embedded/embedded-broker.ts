import type { Duplex } from "node:stream";
import { Aedes, type AedesOptions, type AuthenticateError, type Client } from "aedes";
import { isBetterLost } from "../backlog.ts";
import { createDeviceDoor } from "../device-door.ts";
import { createGuard, type Guard, type Guest } from "../guard.ts";
import { connectTimeoutMs, drainTimeoutMs, maxConnections } from "../limits.ts";
import { createListeners } from "../listeners.ts";
import { createPacketWatch } from "../packet-limit.ts";
import { type OfferedMessage, offerMessage } from "../topic-guard.ts";
import type { Broker, BrokerParts, Origin } from "../types.ts";

/** Where messages go that nobody gets: no filter that anybody may subscribe to fits it. */
const nowhere = "$helmcast/nowhere";

/** An aedes broker inside the gateway, whose every hook asks the guard. */
export function createEmbeddedBroker(parts: BrokerParts): Broker {
  const { host, port, clock, log } = parts;
  const guard = createGuard(parts);
  const listeners = createListeners(parts);
  const desk = createDesk(guard, parts);
  const aedes = new Aedes({
    connectTimeout: connectTimeoutMs,
    drainTimeout: drainTimeoutMs,
    maxTopicLevels: 8,
    queueLimit: 64,
    maxInflightInbound: 1,
    ...desk.hooks,
    preConnect(client, packet, done) {
      // Sessions that outlive their connection would pile up messages for people who are gone.
      packet.clean = true;
      desk.expectWill(client, packet.will === undefined ? null : offerMessage(packet.will));
      done(null, aedes.connectedClients < maxConnections);
    },
  });
  aedes.on("clientDisconnect", desk.forget);
  aedes.on("clientError", (client, error) => log.debug({ client: client.id, err: error }, "a broker connection failed"));
  aedes.on("connectionError", (_client, error) => log.debug({ err: error }, "a broker connection failed before it signed in"));
  // What the gateway itself sends has no client.
  aedes.on("publish", (packet, client) => (client === null ? undefined : listeners.tell(packet.topic, packet.payload)));
  const accept = (stream: Duplex, from: Origin) => {
    const watch = createPacketWatch(clock);
    desk.expect(stream, from);
    stream.on("error", () => stream.destroy());
    aedes.handle(stream);
    // Added after the broker's own listener for "readable", which stays in charge of the flow; this one only sees what it reads.
    stream.on("data", (chunk: Buffer) => {
      if (!watch.accept(chunk)) {
        stream.destroy(new Error("MQTT packet too large, or too many"));
      }
    });
  };
  const door = createDeviceDoor({ host, port, accept });
  let ready = false;
  return {
    name: "broker",
    accept,
    onStatus: listeners.onStatus,
    onMessage: listeners.onMessage,
    publish: (topic, payload, { qos, retain }) =>
      aedes.publish({ cmd: "publish", topic, payload, qos, retain, dup: false }, (error) => {
        if (error instanceof Error) {
          log.warn({ err: error }, "a message of the gateway's own was not sent");
        }
      }),
    port: door.port,
    get ready() {
      return ready;
    },
    describe: () => ({ kind: "embedded", pid: null }),
    async start() {
      await aedes.listen();
      await door.open();
      ready = true;
    },
    async stop() {
      ready = false;
      guard.stop();
      const closed = door.close();
      await new Promise<void>((resolve) => aedes.close(resolve));
      await closed;
    },
  };
}

/** The hooks of the library, and who its clients are. */
type Desk = {
  readonly hooks: Required<Pick<AedesOptions, "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward">>;
  /** Call when a connection has come, before the library takes it over; and when its last will is known. */
  expect(stream: Duplex, from: Origin): void;
  expectWill(client: Client, will: OfferedMessage | null): void;
  /** Call when a connection has ended. */
  readonly forget: (client: Client) => void;
};

function createDesk(guard: Guard, { meter }: Pick<BrokerParts, "meter">): Desk {
  const guests = new Map<Client, Guest>();
  const origins = new WeakMap<object, Origin>();
  const wills = new WeakMap<Client, OfferedMessage | null>();
  return {
    hooks: {
      authenticate(client, username, password, done) {
        const end = () => {
          client.close();
          client.conn.destroy();
        };
        const will = wills.get(client) ?? null;
        const admission = guard.admit({ username, password, clientId: client.id, will, origin: origins.get(client.conn), end });
        if (!admission.ok) {
          const error: AuthenticateError = Object.assign(new Error("not let in"), { returnCode: admission.returnCode });
          done(error, false);
          return;
        }
        client.id = admission.guest.clientId;
        guests.set(client, admission.guest);
        client.conn.once("close", admission.guest.leave);
        done(null, true);
      },
      authorizePublish(client, packet, done) {
        const guest = client === null ? undefined : guests.get(client);
        if (guest === undefined) {
          meter?.refusal("publish");
          done(new Error("from nobody"));
          return;
        }
        const verdict = guest.judgePublish(offerMessage(packet));
        if (verdict === "drop") {
          // The library can only take a message or end its connection.
          packet.topic = nowhere;
        }
        done(verdict === "cut" ? new Error("not authorized, or too many messages") : null);
      },
      authorizeSubscribe: (client, subscription, done) =>
        done(null, guests.get(client)?.judgeSubscribe(subscription.topic) === true ? subscription : null),
      authorizeForward(client, packet) {
        const { conn } = client;
        const full = "writableNeedDrain" in conn && conn.writableNeedDrain === true;
        const lost = isBetterLost({ ...packet, backlogBytes: conn.writableLength, full });
        return !lost && guests.get(client)?.mayReceive(packet.topic) === true ? packet : null;
      },
    },
    expect: (stream, from) => void origins.set(stream, from),
    expectWill: (client, will) => void wills.set(client, will),
    forget(client) {
      guests.get(client)?.leave();
      // The last will is judged after this, and needs its owner's rights.
      setImmediate(() => guests.delete(client));
    },
  };
}
