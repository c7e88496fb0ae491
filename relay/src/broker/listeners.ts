import { type DeviceStatus, deviceStatusSchema, parseTopic } from "@helmcast/config";
import type { Log } from "@helmcast/runtime";
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

/** Nobody yet. One who throws, as on a disk that is full, is logged and keeps no other from hearing. @param parts.meter counts each message once */
export function createListeners({ log, meter }: { readonly log: Log; readonly meter?: Pick<BrokerMeter, "message"> }): Listeners {
  const statusListeners: StatusListener[] = [];
  const messageListeners: MessageListener[] = [];
  const attempt = (tell: () => void) => {
    try {
      tell();
    } catch (error) {
      log.error({ err: error }, "what a device said could not be taken in");
    }
  };
  const tellStatus = (device: string, status: DeviceStatus) => {
    for (const listener of statusListeners) {
      attempt(() => listener(device, status));
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
        attempt(() => listener(topic, payload));
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
