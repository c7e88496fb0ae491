/** Seconds between the pings of an idle connection, and how long a connection may take to come about, ms. */
const connectionLimits = { keepaliveS: 10, connectMs: 5000 } as const;

/** The part of a WebSocket that tells how much of what was sent has not left yet. */
export type SendBuffer = { readonly bufferedAmount: number };

/** One MQTT connection. It lives once: a lost one is never tried again by itself. */
export type Connection = {
  /** Bytes that wait in the socket. */
  readonly bufferedBytes: () => number;
  readonly publish: (topic: string, body: string, qos: 0 | 1) => void;
  readonly subscribe: (topic: string) => void;
  /** Ends it; what was published just before still leaves, where the connection is well. */
  readonly end: () => void;
};

/** What a connection needs, and what it tells. `onLost` comes once, `onConnected` after the first subscriptions were answered. */
export type ConnectionOptions = {
  readonly url: string;
  readonly user: string;
  readonly token: string;
  readonly topics: readonly string[];
  readonly createSocket: (url: string, protocols: string[]) => SendBuffer;
  readonly onConnected: () => void;
  readonly onMessage: (topic: string, text: string) => void;
  readonly onLost: () => void;
};

/** Opens connections. */
export type Connect = (options: ConnectionOptions) => Connection;

/**
 * Loads mqtt.js and answers with what opens connections of MQTT 3.1.1 over WebSocket: clean session, nothing queued while offline
 * (`queueQoSZero: false`: a queue would replay the stick's history after a reconnect, space-concordia#144).
 */
export async function loadConnect(): Promise<Connect> {
  const { default: mqtt } = await import("mqtt");
  return (options) => {
    let socket: SendBuffer | null = null;
    let lost = false;
    let unanswered = 0;
    const awaitAnswer = (): (() => void) => {
      unanswered += 1;
      return () => {
        unanswered -= 1;
      };
    };
    const client = mqtt.connect(options.url, {
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      username: options.user,
      password: options.token,
      keepalive: connectionLimits.keepaliveS,
      connectTimeout: connectionLimits.connectMs,
      // The other variants start a worker from a blob, which the content security policy refuses.
      timerVariant: "native",
      createWebsocket: (url, protocols) => {
        socket = options.createSocket(url, protocols);
        return socket;
      },
    });
    const lose = (): void => {
      if (!lost) {
        lost = true;
        client.end(true);
        options.onLost();
      }
    };
    client.on("connect", () => {
      client.subscribe([...options.topics], { qos: 0 }, () => !lost && options.onConnected());
    });
    client.on("message", (topic, payload) => options.onMessage(topic, payload.toString()));
    client.on("close", lose);
    client.on("error", lose);
    return {
      bufferedBytes: () => socket?.bufferedAmount ?? 0,
      // A refused or lost publish is told by the connection's end, and repeated by who needs it.
      publish: (topic, body, qos) =>
        void (client.connected && client.publish(topic, body, { qos }, qos === 1 ? awaitAnswer() : () => undefined)),
      subscribe: (topic) => void client.subscribe(topic, { qos: 0 }, awaitAnswer()),
      end: () => {
        lost = true;
        // In order, what was handed on still leaves. But who waits for an answer of a relay that is gone, waits for ever.
        client.end(!client.connected || unanswered > 0);
      },
    };
  };
}
