import { type Channel, parseTopic, type Topic } from "@helmcast/config";
import type { Identities, Identity } from "../auth/identity.ts";
import { permit } from "../auth/permit.ts";

/** Largest payload in bytes: detections of a crowded picture take some 20 KiB, everything else under 2. */
export const maxPayloadBytes = 32 * 1024;

/** A message as far as its right to be sent goes. */
export type OfferedMessage = { readonly topic: string; readonly qos: number; readonly retain: boolean; readonly payloadBytes: number };

/** The one channel whose last message is kept for those who come later. A kept command would move a vehicle after everybody left. */
const retainedChannels: readonly Channel[] = ["status"];

/** Why a message is refused, in words; null when it may go. */
export function findPublishFault(message: OfferedMessage, identity: Identity, identities: Identities, site: string): string | null {
  const topic = ownTopic(message.topic, site);
  if (topic === null) {
    return "this topic does not exist";
  }
  if (!permit(identities.holderOf(identity, topic.device), `write:${topic.channel}`)) {
    return "writing this topic is not allowed";
  }
  if (message.retain && !retainedChannels.includes(topic.channel)) {
    return "only status may be retained";
  }
  if (message.qos > 1) {
    return "QoS 2 is not offered";
  }
  return message.payloadBytes > maxPayloadBytes ? `a payload may have ${maxPayloadBytes} bytes` : null;
}

/** True when this identity may subscribe to this filter. Wildcards are refused: every topic that anybody needs can be named. */
export function maySubscribe(filter: string, identity: Identity, identities: Identities, site: string): boolean {
  const topic = ownTopic(filter, site);
  return topic !== null && permit(identities.holderOf(identity, topic.device), `read:${topic.channel}`);
}

function ownTopic(text: string, site: string): Topic | null {
  const topic = parseTopic(text);
  return topic?.site === site ? topic : null;
}
