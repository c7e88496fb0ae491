import type { Duplex } from "node:stream";
import type { DeviceStatus, Topic } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import type { Identities } from "../auth/identity.ts";
import type { BrokerMeter } from "../metrics/meters.ts";
import type { Watches } from "../watching/watches.ts";

/** Where a connection comes from, and the bytes that it was sent so far; null where nobody counts them. */
export type Origin = { readonly address: string; readonly bytes: () => number | null };

/** Gets every valid status of a device. */
export type StatusListener = (device: string, status: DeviceStatus) => void;

/** Gets every message of a device or person that the broker took. */
export type MessageListener = (topic: Topic, payload: string | Buffer) => void;

/** Who may move a device right now. True for everybody while nobody holds the lease; the matrix has been asked before. */
export type LeaseGuard = { mayDrive(device: string, sid: string): boolean };

/** How the gateway's own message goes out. */
export type PublishOptions = { readonly qos: 0 | 1; readonly retain: boolean };

/**
 * The broker as the gateway sees it: devices come by TCP, viewers by WebSocket, and the gateway itself listens to what devices say of
 * themselves. Where messages are passed on, in this process or in another, changes nothing in the rules.
 */
export type Broker = Service & {
  /** Takes over a connection that speaks MQTT. */
  accept(stream: Duplex, from: Origin): void;
  onStatus(listener: StatusListener): void;
  onMessage(listener: MessageListener): void;
  /** A message of the gateway's own. Lost, with a word in the log, while an external broker is away: whoever needs it sent sends it again. */
  publish(topic: string, payload: string, options: PublishOptions): void;
  /** The port of the TCP listener, also when 0 was asked for. */
  port(): number;
  /** False while messages are not passed on. */
  readonly ready: boolean;
  /** For people and tests. `pid` is of a broker that the gateway runs itself, in a process of its own. */
  describe(): { readonly kind: "embedded" | "mosquitto" | "emqx"; readonly pid: number | null };
};

/** What every kind of broker is made of. */
export type BrokerParts = {
  readonly identities: Identities;
  readonly watches: Pick<Watches, "add" | "refuseKicked">;
  readonly site: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: BrokerMeter;
  /** Left out: nobody ever holds a lease. */
  readonly lease?: LeaseGuard;
};
