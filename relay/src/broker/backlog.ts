import { parseTopic } from "@helmcast/config";

/** Bytes of commands that may wait for one reader: some ten of them, half a second. More are too old to be obeyed when they come. */
const maxCommandBacklogBytes = 2048;

/** A message to be delivered, and what waits before it in the reader's connection. */
export type Delivery = {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  /** Bytes that were written and not yet taken by the system. */
  readonly backlogBytes: number;
  /** The connection asked for a pause. */
  readonly full: boolean;
};

/**
 * True when a message is better lost than late. A reader that does not read loses its QoS 0 messages, so that nothing is kept for it and nobody
 * waits for it; kept messages and QoS 1 are few, and it is cut soon when it takes those neither.
 */
export function isBetterLost({ topic, qos, retain, backlogBytes, full }: Delivery): boolean {
  if (qos > 0 || retain || backlogBytes === 0) {
    return false;
  }
  const channel = parseTopic(topic)?.channel;
  return full || ((channel === "cmd" || channel === "camera") && backlogBytes > maxCommandBacklogBytes);
}
