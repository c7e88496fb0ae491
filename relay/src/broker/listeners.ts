import { type DeviceStatus, deviceStatusSchema, parseTopic } from "@helmcast/config";
import type { BrokerMeter } from "../metrics/meters.ts";
import type { MessageListener, StatusListener } from "./types.ts";

/** Who wants to hear what devices and people say. */
export type Listeners = {
  onStatus(listener: StatusListener): void;
  onMessage(listener: MessageListener): void;
  /** Tells all of a message that the broker took. */
  tell(topic: string, payload: string | Buffer): void;
  /** Tells of a status that nobody sent: of a device whose broker is gone. */
  tellStatus(device: string, status: DeviceStatus): void;
};

/** Nobody yet. @param meter counts each message once */
export function createListeners(meter: Pick<BrokerMeter, "message"> | undefined): Listeners {
  const statusListeners: StatusListener[] = [];
  const messageListeners: MessageListener[] = [];
  const tellStatus = (device: string, status: DeviceStatus) => {
    for (const listener of statusListeners) {
      listener(device, status);
    }
  };
  return {
    onStatus: (listener) => void statusListeners.push(listener),
    onMessage: (listener) => void messageListeners.push(listener),
    tellStatus,
    tell(text, payload) {
      const topic = parseTopic(text);
      if (topic === null) {
        return;
      }
      meter?.message(topic.channel);
      for (const listener of messageListeners) {
        listener(topic, payload);
      }
      const status = topic.channel === "status" ? readStatus(payload) : null;
      if (status !== null) {
        tellStatus(topic.device, status);
      }
    },
  };
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
