import { buildTopic, echoPongSchema, routes } from "@helmcast/config";
import { addSample, type ClockOffset, estimateOffset, type PingSample } from "./clock-offset.ts";

/** How often the device's clock is asked. The first pings come close together, so that an age can be shown within a second. */
const pingLimits = { quickPings: 8, quickEveryMs: 150, everyMs: 2000, reconnectMs: 2000 } as const;

/** What the link needs of the page. */
export type ClockLinkOptions = {
  readonly site: string;
  readonly device: string;
  readonly user: string;
  /** The current access token; asked again at every reconnect, because tokens are short-lived. */
  readonly token: () => string;
  readonly onOffset: (offset: ClockOffset | null) => void;
};

/**
 * Keeps measuring a device's clock by echo pings over MQTT (WebSocket, MQTT 3.1.1) until `signal` is aborted. Without a link, or when
 * the device does not answer, no offset is ever reported, and the picture's age stays unknown.
 */
export async function openClockLink(options: ClockLinkOptions, signal: AbortSignal): Promise<void> {
  const { default: mqtt } = await import("mqtt");
  if (signal.aborted) {
    return;
  }
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const client = mqtt.connect(`${scheme}://${window.location.host}${routes.mqtt}`, {
    protocolVersion: 4,
    username: options.user,
    password: options.token(),
    reconnectPeriod: pingLimits.reconnectMs,
    // The other variants start a worker from a blob, which the content security policy refuses.
    timerVariant: "native",
  });
  const [echo, ack] = [buildTopic({ ...options, channel: "echo" }), buildTopic({ ...options, channel: "ack" })];
  const page = Math.random().toString(36).slice(2, 10);
  let samples: readonly PingSample[] = [];
  let pings = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ping = (): void => {
    // A lost connection may answer an old subscription late; there is one chain of pings, and none after the end.
    clearTimeout(timer);
    if (signal.aborted) {
      return;
    }
    client.publish(echo, JSON.stringify({ v: 1, id: `${page}-${pings}`, sentAtMs: Date.now() }), { qos: 0 });
    pings += 1;
    timer = setTimeout(ping, pings < pingLimits.quickPings ? pingLimits.quickEveryMs : pingLimits.everyMs);
  };
  client.on("connect", () => {
    clearTimeout(timer);
    client.subscribe(ack, { qos: 0 }, () => ping());
  });
  client.on("message", (_topic, payload) => {
    const pong = readPong(payload.toString());
    if (pong?.id.startsWith(`${page}-`)) {
      samples = addSample(samples, { ...pong, heardAtMs: Date.now() });
      options.onOffset(estimateOffset(samples));
    }
  });
  client.on("close", () => {
    clearTimeout(timer);
    client.options.password = options.token();
  });
  // A refused or lost connection is tried again by itself; the age says "unknown" meanwhile.
  client.on("error", () => clearTimeout(timer));
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    client.end(true);
  });
}

function readPong(text: string): (PingSample & { id: string }) | null {
  try {
    const parsed = echoPongSchema.safeParse(JSON.parse(text));
    return parsed.success ? { ...parsed.data, heardAtMs: 0 } : null;
  } catch {
    return null;
  }
}
