import { signal } from "@preact/signals";
import { closedLink, type LinkEffect, type LinkEvent, type LinkState, stepLink } from "./link-machine.ts";
import { type Connect, type Connection, loadConnect, type SendBuffer } from "./mqtt-connection.ts";

/** What a link needs of the page. */
export type StageLinkOptions = {
  readonly url: string;
  readonly user: string;
  /** The access token of now. */
  readonly token: () => string;
  readonly createSocket: (url: string, protocols: string[]) => SendBuffer;
  /** Opens connections; loaded when first needed. */
  readonly load?: () => Promise<Connect>;
  readonly after: (delayMs: number, run: () => void) => () => void;
};

/** Topics of one stage: a handful; a link never has more. */
const maxTopics = 16;

/**
 * The one MQTT link of a stage, for its clock, its telemetry, its commands and its stops. It connects again by itself, and changes to a renewed
 * token without a gap.
 */
export class StageLink {
  /** Whether messages can be sent now. */
  readonly connected = signal(false);
  readonly #options: StageLinkOptions;
  readonly #listeners = new Map<string, Set<(text: string) => void>>();
  readonly #connections = new Map<number, Connection>();
  #state: LinkState = closedLink;
  #stopRetry: () => void = () => undefined;
  #connect: Connect | null = null;

  /** @param options the page's side of the link */
  constructor(options: StageLinkOptions) {
    this.#options = options;
  }

  /** Opens the link. Rejects when mqtt.js cannot be loaded; the link may be opened again then. */
  async open(signal: AbortSignal): Promise<void> {
    this.#connect = await (this.#options.load ?? loadConnect)();
    if (!signal.aborted) {
      this.#hear({ type: "open" });
      // After everybody else who ends now: what they have to say last still goes out.
      signal.addEventListener("abort", () => queueMicrotask(() => this.#hear({ type: "close" })), { once: true });
    }
  }

  /** The token has changed, or the network has: makes a new connection, and ends the old one when the new one carries. */
  refresh(): void {
    this.#hear({ type: "refresh" });
  }

  /** Hears a topic from now on; answers with what ends that. */
  listen(topic: string, listener: (text: string) => void): () => void {
    const known = this.#listeners.get(topic);
    if (known === undefined && this.#listeners.size >= maxTopics) {
      return () => undefined;
    }
    const set = known ?? new Set();
    set.add(listener);
    if (known === undefined) {
      this.#listeners.set(topic, set);
      this.#connections.forEach((connection) => void connection.subscribe(topic));
    }
    return () => set.delete(listener);
  }

  /**
   * Sends with QoS 0; answers whether it was handed on. Nothing is when something still waits in the socket: at most one message is in flight
   * there, and the sender's next one, which is newer, takes the dropped one's place.
   */
  send(topic: string, message: object): boolean {
    const connection = this.#live();
    if (connection === null || connection.bufferedBytes() > 0) {
      return false;
    }
    connection.publish(topic, JSON.stringify(message), 0);
    return true;
  }

  /** Sends with QoS 1, whatever waits in the socket; answers whether there was a connection. Whoever needs an answer repeats it. */
  sendSurely(topic: string, message: object): boolean {
    const connection = this.#live();
    connection?.publish(topic, JSON.stringify(message), 1);
    return connection !== null;
  }

  #live(): Connection | null {
    return this.#state.live === null ? null : (this.#connections.get(this.#state.live) ?? null);
  }

  #hear(event: LinkEvent): void {
    const { state, effects } = stepLink(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      this.#perform(effect);
    }
    this.connected.value = this.#state.live !== null;
  }

  #perform(effect: LinkEffect): void {
    switch (effect.type) {
      case "connect":
        this.#open(effect.id);
        return;
      case "end":
        this.#connections.get(effect.id)?.end();
        this.#connections.delete(effect.id);
        return;
      case "retry-after":
        this.#stopRetry();
        this.#stopRetry = this.#options.after(effect.delayMs, () => this.#hear({ type: "retry-due" }));
        return;
      case "stop-retry":
        this.#stopRetry();
        return;
    }
  }

  #open(id: number): void {
    const { url, user, token, createSocket } = this.#options;
    const connection = this.#connect?.({
      url,
      user,
      token: token(),
      createSocket,
      topics: [...this.#listeners.keys()],
      onConnected: () => this.#hear({ type: "connected", id }),
      onMessage: (topic, text) => this.#tell(id, topic, text),
      onLost: () => {
        this.#connections.delete(id);
        this.#hear({ type: "lost", id });
      },
    });
    if (connection !== undefined) {
      this.#connections.set(id, connection);
    }
  }

  /** While two connections overlap, each message comes by both: only the one that carries is heard. */
  #tell(id: number, topic: string, text: string): void {
    if (id === this.#state.live) {
      this.#listeners.get(topic)?.forEach((listener) => void listener(text));
    }
  }
}
