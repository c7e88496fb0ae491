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

/** How long a farewell may take before the socket is cut, ms. */
const farewellMs = 500;

/**
 * The device's connection to the broker. Clean session and no queue in any direction: what was said while the link was down is history, and
 * history must never move a vehicle. Every attempt takes the newest token.
 */
export class MqttLink {
  readonly name = "mqtt link";
  readonly #options: MqttLinkOptions;
  readonly #log: Log;
  readonly #clientId: string;
  #token: DeviceToken | null = null;
  #client: MqttClient | null = null;
  #up = false;
  #failures = 0;
  #refused = false;
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

  /** Takes a token. A running link is made anew with it, because the broker closes connections whose token has expired. */
  useToken(token: DeviceToken): void {
    this.#token = token;
    this.#cancelRetry();
    this.#failures = 0;
    this.#drop("the token was renewed", () => this.#connect());
  }

  /** Sends on one of the device's channels. False while the link is down: nothing is kept for later. */
  publish(channel: Channel, text: string, options: { readonly qos: 0 | 1; readonly retain: boolean }): boolean {
    if (this.#client === null || this.#token === null || !this.#up) {
      return false;
    }
    const topic = buildTopic({ site: this.#token.site, device: this.#options.device, channel });
    this.#client.publish(topic, text, options, (error) => {
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
    const client = this.#client;
    if (client !== null && this.publish("status", this.#options.lastWill, { qos: 1, retain: true })) {
      await new Promise<void>((done) => {
        const cancel = this.#options.clock.after(farewellMs, done);
        client.end(false, {}, () => {
          cancel();
          done();
        });
      });
    }
    this.#drop("the agent stops");
  }

  #connect(): void {
    const token = this.#token;
    if (!this.#active || token === null || this.#client !== null) {
      return;
    }
    const client = connect({ ...this.#clientOptions(token), host: this.#options.host, port: token.mqttPort, protocol: "mqtt" });
    this.#client = client;
    const mine = () => this.#client === client;
    client.on("connect", () => mine() && this.#opened(client, token));
    client.on("message", (topic, payload, packet) => mine() && this.#receive(topic, payload, packet.retain));
    client.on("error", (error) => {
      if (mine()) {
        this.#refused = "code" in error && (error.code === 4 || error.code === 5);
        this.#say(this.#refused ? "The broker refuses this device's token." : `The broker cannot be reached (${error.message}).`);
      }
    });
    client.on("close", () => mine() && this.#closed());
  }

  #clientOptions(token: DeviceToken): IClientOptions {
    const topic = buildTopic({ site: token.site, device: this.#options.device, channel: "status" });
    return {
      clientId: this.#clientId,
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

  #opened(client: MqttClient, token: DeviceToken): void {
    const topics = this.#options.channels.map((channel) => buildTopic({ site: token.site, device: this.#options.device, channel }));
    client.subscribe(topics, { qos: 1 }, (error) => {
      if (this.#client !== client) {
        return;
      }
      if (error) {
        this.#say("The broker does not let this device listen to its commands.");
        this.#closed();
        return;
      }
      this.#failures = 0;
      this.#lastSaid = "";
      this.#up = true;
      this.#log.info("link up");
      this.#options.onLink(true);
    });
  }

  #receive(topic: string, payload: Buffer, retained: boolean): void {
    const parsed = parseTopic(topic);
    if (parsed !== null && parsed.device === this.#options.device && parsed.site === this.#token?.site) {
      this.#options.onMessage({ channel: parsed.channel, payload, retained });
    }
  }

  #closed(): void {
    this.#drop("closed");
    if (!this.#active) {
      return;
    }
    this.#failures += 1;
    const policy = this.#refused ? refusedRetry : relayRetry;
    if (this.#refused) {
      this.#refused = false;
      this.#options.onRefused();
    }
    this.#cancelRetry = this.#options.clock.after(retryDelayMs(policy, this.#failures, this.#options.random()), () => this.#connect());
  }

  /** Lets go of the client. `then` follows its end, so that the broker never sees two of this device and gives out the last will. */
  #drop(reason: string, then: () => void = () => undefined): void {
    const client = this.#client;
    this.#client = null;
    if (client === null) {
      then();
    } else {
      client.on("error", (error) => this.#log.debug({ reason: error.message }, "late error of a closed link"));
      client.end(!this.#up, {}, () => then());
    }
    if (this.#up) {
      this.#up = false;
      this.#log.info({ reason }, "link down");
      this.#options.onLink(false);
    }
  }

  #say(sentence: string): void {
    const level = sentence === this.#lastSaid ? "debug" : "warn";
    this.#lastSaid = sentence;
    this.#log[level](`${sentence} Trying again.`);
  }
}
