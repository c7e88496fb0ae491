import { buildTopic, type Channel, parseTopic } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { DeviceToken } from "../session/fetch-token.ts";
import { refusedRetry, relayRetry, retryDelayMs } from "../session/retry-delay.ts";

/** A message for this device. */
export type LinkMessage = { readonly channel: Channel; readonly payload: Buffer; readonly retained: boolean };

/** What the link needs. */
export type MqttLinkOptions = {
  readonly device: string;
  readonly host: string;
  readonly channels: readonly Channel[];
  /** Retained on `status` by the broker when this device is lost without a word. */
  readonly lastWill: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onMessage: (message: LinkMessage) => void;
  /** The link came up or went down. */
  readonly onLink: (up: boolean) => void;
  /** The broker refused the token. */
  readonly onRefused: () => void;
};

/** 5 s: the broker announces a lost device after 1.5 times this (MQTT 3.1.1, section 3.1.2.10). */
const keepaliveS = 5;
const connectTimeoutMs = 5000;

/** From the start of a connection until the broker has confirmed the subscriptions, ms; a broker that keeps that back is of no use. */
const openTimeoutMs = 8000;

/** Channels on which only the newest message counts, so that none is ever sent again; the others are sent until they are confirmed. */
const latestCounts: readonly Channel[] = ["cmd", "camera", "echo"];

/** How long a farewell may take before the socket is cut, ms. */
const farewellMs = 500;

/**
 * How long the connection before a renewal goes on beside its successor, ms: a stop that the broker sent to it alone, just before it knew
 * of the successor's subscription, still arrives.
 */
const overlapMs = 250;

/** One connection and the token it was made with. */
type Connection = { readonly client: MqttClient; readonly token: DeviceToken; readonly cancelTimeout: () => void };

/**
 * The device's connection to the broker. Clean session and no queue in any direction: what was said while the link was down is history, and
 * history must never move a vehicle. Every attempt takes the newest token. A renewed token gets a connection of its own before the old one
 * is closed, so that the link stays up and a moving vehicle moves on; drive commands come
 * from exactly one of the two at any time, stops from both, because stopping is always safe.
 */
export class MqttLink {
  readonly name = "mqtt link";
  readonly #options: MqttLinkOptions;
  readonly #log: Log;
  readonly #clientId: string;
  #token: DeviceToken | null = null;
  /** The link: open and subscribed. */
  #current: Connection | null = null;
  /** On its way to become the link. */
  #next: Connection | null = null;
  /** Ends the connection before the last renewal. */
  #endBefore: () => void = () => undefined;
  #connections = 0;
  #failures = 0;
  #lastSaid = "";
  #active = false;
  #cancelRetry: () => void = () => undefined;

  /** @param options see {@link MqttLinkOptions} */
  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#log = options.log.child({ part: "mqtt" });
    this.#clientId = `edge-${options.device}-${Math.floor(options.random() * 0xffffffff).toString(16)}`;
  }

  /** Begins; connects when the first token comes. */
  async start(): Promise<void> {
    this.#active = true;
    this.#connect();
  }

  /** Takes a token. A new link is made with it beside the running one, because the broker closes connections whose token has expired. */
  useToken(token: DeviceToken): void {
    this.#token = token;
    this.#failures = 0;
    this.#abandonNext();
    this.#connect();
  }

  /**
   * Sends on one of the device's channels. False while the link is down: nothing is kept for later. `isDroppable`: false too while earlier bytes
   * still wait, because what waits behind them would be old when it leaves.
   */
  publish(
    channel: Channel,
    text: string,
    options: { readonly qos: 0 | 1; readonly retain: boolean; readonly isDroppable?: boolean },
  ): boolean {
    if (this.#current === null) {
      return false;
    }
    const { client, token } = this.#current;
    if (options.isDroppable === true && client.stream.writableLength > 0) {
      return false;
    }
    const topic = buildTopic({ site: token.site, device: this.#options.device, channel });
    client.publish(topic, text, { qos: options.qos, retain: options.retain }, (error) => {
      if (error) {
        this.#log.debug({ channel, reason: error.message }, "message lost");
      }
    });
    return true;
  }

  /** Says goodbye with the last will's words, and closes. */
  async stop(): Promise<void> {
    this.#active = false;
    this.#cancelRetry();
    this.#abandonNext();
    this.#endBefore();
    const current = this.#current;
    if (current === null) {
      return;
    }
    this.publish("status", this.#options.lastWill, { qos: 1, retain: true });
    await new Promise<void>((done) => {
      const cancel = this.#options.clock.after(farewellMs, done);
      current.client.end(false, {}, () => {
        cancel();
        done();
      });
    });
    this.#lose(current, "the agent stops");
  }

  #connect(): void {
    const token = this.#token;
    this.#cancelRetry();
    if (!this.#active || token === null || this.#next !== null) {
      return;
    }
    const client = connect({ ...this.#clientOptions(token), host: this.#options.host, port: token.mqttPort, protocol: "mqtt" });
    const timeout = () => this.#fail(connection, "The broker does not answer.");
    const connection: Connection = { client, token, cancelTimeout: this.#options.clock.after(openTimeoutMs, timeout) };
    this.#next = connection;
    client.on("connect", () => this.#subscribe(connection));
    client.on("message", (topic, payload, packet) => this.#receive(connection, topic, payload, packet.retain));
    client.on("error", (error) => {
      const refused = "code" in error && (error.code === 4 || error.code === 5);
      if (connection === this.#next) {
        const sentence = refused ? "The broker refuses this device's token." : `The broker cannot be reached (${error.message}).`;
        this.#fail(connection, sentence, refused);
      } else {
        this.#log.debug({ reason: error.message }, "an error of a link");
      }
    });
    client.on("close", () => {
      this.#fail(connection, "The broker closed the connection.");
      this.#lose(connection, "closed");
    });
  }

  #clientOptions(token: DeviceToken): IClientOptions {
    const topic = buildTopic({ site: token.site, device: this.#options.device, channel: "status" });
    this.#connections += 1;
    return {
      // Numbered, because a broker closes the older of two connections with one id (MQTT 3.1.1, section 3.1.4) and gives out its last will.
      clientId: `${this.#clientId}-${this.#connections}`,
      username: this.#options.device,
      password: token.accessToken,
      protocolVersion: 4,
      clean: true,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      will: { topic, payload: Buffer.from(this.#options.lastWill), qos: 1, retain: true },
    };
  }

  #subscribe(connection: Connection): void {
    const { client, token } = connection;
    const topics = this.#options.channels.map((channel) => [
      buildTopic({ site: token.site, device: this.#options.device, channel }),
      { qos: latestCounts.includes(channel) ? (0 as const) : (1 as const) },
    ]);
    client.subscribe(Object.fromEntries(topics), (error) => {
      if (connection !== this.#next) {
        return;
      }
      if (error) {
        this.#fail(connection, "The broker does not let this device listen to its commands.");
        return;
      }
      this.#takeOver(connection);
    });
  }

  /** The new connection becomes the link; the one before leaves with a DISCONNECT, so that its last will is not given out. */
  #takeOver(connection: Connection): void {
    const before = this.#current;
    this.#endBefore();
    connection.cancelTimeout();
    this.#next = null;
    this.#current = connection;
    this.#failures = 0;
    this.#lastSaid = "";
    if (before !== null) {
      this.#endLater(before);
    }
    this.#log.info(before === null ? "link up" : "link renewed");
    this.#options.onLink(true);
  }

  #endLater({ client }: Connection): void {
    const cancel = this.#options.clock.after(overlapMs, () => this.#endBefore());
    this.#endBefore = () => {
      this.#endBefore = () => undefined;
      cancel();
      client.end(false);
    };
  }

  #receive(connection: Connection, topic: string, payload: Buffer, retained: boolean): void {
    const parsed = parseTopic(topic);
    const isOurs = parsed !== null && parsed.device === this.#options.device && parsed.site === connection.token.site;
    if (isOurs && (connection === this.#current || parsed.channel === "estop")) {
      this.#options.onMessage({ channel: parsed.channel, payload, retained });
    }
  }

  /** A connection did not become the link. The link before it stays as long as the broker lets it. */
  #fail(connection: Connection, sentence: string, refused = false): void {
    if (connection !== this.#next) {
      return;
    }
    this.#abandonNext();
    this.#say(sentence);
    this.#retryLater(refused);
    if (refused) {
      this.#options.onRefused();
    }
  }

  /** The link is gone. */
  #lose(connection: Connection, reason: string): void {
    if (connection !== this.#current) {
      return;
    }
    this.#current = null;
    connection.client.end(true);
    this.#log.info({ reason }, "link down");
    if (this.#next === null && this.#active) {
      this.#retryLater(false);
    }
    this.#options.onLink(false);
  }

  #retryLater(refused: boolean): void {
    this.#failures += 1;
    const delayMs = retryDelayMs(refused ? refusedRetry : relayRetry, this.#failures, this.#options.random());
    this.#cancelRetry();
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #abandonNext(): void {
    const next = this.#next;
    this.#next = null;
    next?.cancelTimeout();
    next?.client.end(true);
  }

  #say(sentence: string): void {
    const level = sentence === this.#lastSaid ? "debug" : "warn";
    this.#lastSaid = sentence;
    this.#log[level](`${sentence} Trying again.`);
  }
}
