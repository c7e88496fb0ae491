import { randomBytes } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import type { MqttClient } from "mqtt";
import type { Broker } from "../types.ts";
import type { Backend, OwnWay } from "./backend.ts";
import { openLink, subscribeLink } from "./open-link.ts";

/** A message to itself through the broker this often, in ms; and a broker that has not brought one for the second counts as hanging. */
const beatEveryMs = 200;
const silentAfterMs = 700;
/** Wait before another try to reach the broker, in ms. */
const retryMs = 250;
/** How long the broker may take to come at the start, in ms. */
const startLimitMs = 10_000;
/** Wait before another try to renew what the gateway signed in with, in ms. */
const renewRetryMs = 30_000;
/** How long the connection before a renewed one stays, in ms: what the broker sent on it is still on its way. */
const overlapMs = 500;

/** What a backbone needs. @param onUp once the broker is there, before anybody is let in; onDown once it is gone */
export type BackboneParts = {
  readonly backend: Backend;
  readonly site: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onMessage: (topic: string, payload: Buffer) => void;
  readonly onUp: () => void;
  readonly onDown: () => void;
};

/** The gateway's own connection to an outside broker. It comes back whenever it is lost, and finds out when the broker hangs. */
export type Backbone = {
  readonly up: boolean;
  readonly publish: Broker["publish"];
  /** Resolves once the broker is there. @throws AppError HC_GATEWAY_BROKER_AWAY, and what the backend's start throws */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** A backbone that is down until `start()`. */
export function createBackbone(parts: BackboneParts): Backbone {
  return new OwnBackbone(parts);
}

/** One connection of the gateway's own. */
type Link = { readonly client: MqttClient; readonly way: OwnWay };

class OwnBackbone implements Backbone {
  readonly #parts: BackboneParts;
  readonly #beatTopic: string;
  /** All that are open, and the one in use. There are two while one is renewed. */
  readonly #links = new Set<Link>();
  #link: Link | null = null;
  #cancelBeat: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;
  #cancelRenewal: () => void = () => undefined;
  #heardMs = 0;
  #stopped = true;
  #lastError: unknown = null;
  #onFirstUp: () => void = () => undefined;
  /** Counts connections, so that a late word of an old one changes nothing. */
  #turn = 0;

  constructor(parts: BackboneParts) {
    this.#parts = parts;
    // Nobody else may write or read it: it is no topic of a device.
    this.#beatTopic = `${parts.site}/-/beat-${randomBytes(6).toString("hex")}`;
  }

  get up(): boolean {
    return this.#link !== null;
  }

  readonly publish: Broker["publish"] = (topic, payload, { qos, retain }) => {
    const failed = (error: unknown) => this.#parts.log.warn({ err: error, topic }, "a message of the gateway's own was not sent");
    if (this.#link === null) {
      failed(new AppError("HC_GATEWAY_BROKER_AWAY"));
      return;
    }
    this.#link.client.publish(topic, payload, { qos, retain }, (error) => (error instanceof Error ? failed(error) : undefined));
  };

  async start(): Promise<void> {
    const { backend, clock } = this.#parts;
    this.#stopped = false;
    await backend.start();
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.after(startLimitMs, () => {
        const cause = this.#lastError;
        const detail = isRefusal(cause)
          ? "It answers, and refuses what the gateway signs in with. Check the secret or the credentials file."
          : "";
        void this.stop().finally(() => reject(new AppError("HC_GATEWAY_BROKER_AWAY", { cause, ...(detail === "" ? {} : { detail }) })));
      });
      this.#onFirstUp = () => {
        cancel();
        resolve();
      };
      this.#try();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    this.#lose("stopping");
    await this.#parts.backend.stop();
  }

  #try(): void {
    const turn = ++this.#turn;
    this.#connect(turn).catch((error: unknown) => {
      this.#lastError = error;
      this.#parts.log.debug({ err: error }, "the broker is not there yet");
      this.#lose("not there", turn);
    });
  }

  async #connect(turn: number): Promise<void> {
    const { backend, log, onUp } = this.#parts;
    const link = await this.#open(turn, false);
    this.#use(link, turn);
    this.#beat(turn);
    log.info({ broker: backend.kind }, "the broker is there");
    onUp();
    this.#onFirstUp();
  }

  /** @param isRenewal another one hears already what the broker keeps */
  async #open(turn: number, isRenewal: boolean): Promise<Link> {
    const { backend, site, onMessage } = this.#parts;
    const way = await backend.prepare((why) => this.#lose(why, turn));
    let client: MqttClient | null = null;
    try {
      client = await openLink({ ...way, clientId: `gateway-${randomBytes(6).toString("hex")}` });
      client.on("message", (topic, payload, { retain }) => {
        this.#heardMs = this.#parts.clock.monotonicMs();
        // What only the gateway writes it need not hear.
        if (topic !== this.#beatTopic && !topic.endsWith("/lease") && !(retain && isRenewal)) {
          onMessage(topic, payload);
        }
      });
      await subscribeLink(client, `${site}/#`, 1, this.#parts.clock);
      if (turn !== this.#turn || this.#stopped) {
        throw new AppError("HC_GATEWAY_BROKER_AWAY");
      }
      return { client, way };
    } catch (error) {
      client?.end(true);
      way.stream.destroy();
      way.release();
      throw error;
    }
  }

  #use(link: Link, turn: number): void {
    const { renewAfterMs } = link.way;
    this.#links.add(link);
    this.#link = link;
    link.client.on("close", () => (link === this.#link ? this.#lose("the broker closed the gateway's connection", turn) : undefined));
    if (renewAfterMs !== undefined) {
      this.#planRenewal(renewAfterMs, turn);
    }
  }

  #drop(link: Link): void {
    this.#links.delete(link);
    link.client.end(true);
    link.way.release();
  }

  #planRenewal(afterMs: number, turn: number): void {
    this.#cancelRenewal = this.#parts.clock.after(afterMs, () => void this.#renew(turn), true);
  }

  /** Comes in anew before what it came in with ends, and leaves only then: nobody is cut, and no message is lost. A few are heard twice. */
  async #renew(turn: number): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      const next = await this.#open(turn, true);
      const before = this.#link;
      this.#use(next, turn);
      clock.after(overlapMs, () => (before !== null && this.#links.has(before) ? this.#drop(before) : undefined), true);
    } catch (error) {
      if (turn === this.#turn) {
        log.warn({ err: error }, "the gateway's connection to the broker was not renewed; it is tried again");
        this.#planRenewal(renewRetryMs, turn);
      }
    }
  }

  #beat(turn: number): void {
    const { clock, backend } = this.#parts;
    let plannedMs = clock.monotonicMs();
    this.#heardMs = plannedMs;
    const tick = () => {
      const nowMs = clock.monotonicMs();
      if (nowMs - plannedMs > beatEveryMs) {
        // This process itself was late, and answers may lie unread: no proof of anything.
        this.#heardMs = nowMs;
      }
      if (nowMs - this.#heardMs > silentAfterMs) {
        backend.revive("the broker takes no notice");
        this.#lose("the broker takes no notice", turn);
        return;
      }
      this.#link?.client.publish(this.#beatTopic, "");
      plannedMs = nowMs + beatEveryMs;
      this.#cancelBeat = clock.after(beatEveryMs, tick, true);
    };
    tick();
  }

  #lose(why: string, turn = this.#turn): void {
    if (turn !== this.#turn) {
      return;
    }
    this.#turn += 1;
    this.#cancelBeat();
    this.#cancelRenewal();
    const { log, clock, onDown } = this.#parts;
    const wasUp = this.#link !== null;
    this.#link = null;
    for (const link of this.#links) {
      this.#drop(link);
    }
    if (wasUp) {
      if (!this.#stopped) {
        log.error({ why }, "the broker is gone; all of its connections are cut until it is back");
      }
      onDown();
    }
    if (!this.#stopped) {
      this.#cancelRetry = clock.after(retryMs, () => this.#try());
    }
  }
}

/** True for CONNACK codes "bad user name or password" and "not authorized" (MQTT 3.1.1, section 3.2.2.3). */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === 4 || error.code === 5);
}
