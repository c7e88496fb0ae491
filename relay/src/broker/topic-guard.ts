import { type Channel, parseTopic, type Topic } from "@helmcast/config";
import type { Identities, Identity } from "../auth/identity.ts";
import { permit } from "../auth/permit.ts";

/** Largest payload in bytes: detections of a crowded picture take some 20 KiB, everything else under 2. */
const maxPayloadBytes = 32 * 1024;

/** A message as far as its right to be sent goes. */
export type OfferedMessage = { readonly topic: string; readonly qos: number; readonly retain: boolean; readonly payloadBytes: number };

/** The one channel whose last message is kept for those who come later. A kept command would move a vehicle after everybody left. */
const retainedChannels: readonly Channel[] = ["status"];

/** What may be said in the name of somebody who is gone: how a device is, and stop. Anything else would move or mislead with no hand on it. */
const willChannels: readonly Channel[] = ["status", "estop"];

/** The channels that move something, and need the lease. */
const drivingChannels: readonly Channel[] = ["cmd", "camera"];

/** A message or last will as the guard wants it. */
export function offerMessage(message: {
  readonly topic: string;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
  readonly payload: string | Buffer;
}): OfferedMessage {
  const { topic, qos = 0, retain = false, payload } = message;
  return { topic, qos, retain, payloadBytes: Buffer.byteLength(payload) };
}

/** Why a message is refused, in words; null when it may go. */
export function findPublishFault(message: OfferedMessage, identity: Identity, identities: Identities, site: string): string | null {
  const topic = ownTopic(message.topic, site);
  if (topic === null) {
    return "this topic does not exist";
  }
  if (!mayPublish(message.topic, identity, identities, site)) {
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

/** True when this identity may write this topic, as far as the matrix goes. */
export function mayPublish(text: string, identity: Identity, identities: Identities, site: string): boolean {
  const topic = ownTopic(text, site);
  return topic !== null && permit(identities.holderOf(identity, topic.device, topic.camera), `write:${topic.channel}`);
}

/** Why a last will is refused, in words; null when it may be kept. It has to be allowed as a message too. */
export function findWillFault(will: OfferedMessage, identity: Identity, identities: Identities, site: string): string | null {
  const channel = ownTopic(will.topic, site)?.channel;
  if (channel !== undefined && !willChannels.includes(channel)) {
    return "a last will may only say how a device is, or stop it";
  }
  return findPublishFault(will, identity, identities, site);
}

/** The device that a message would move; null when it moves nothing. */
export function findDrivenDevice(text: string): string | null {
  const topic = parseTopic(text);
  return topic !== null && drivingChannels.includes(topic.channel) ? topic.device : null;
}

/** True when this identity may subscribe to this filter. Wildcards are refused: every topic that anybody needs can be named. */
export function maySubscribe(filter: string, identity: Identity, identities: Identities, site: string): boolean {
  const topic = ownTopic(filter, site);
  return topic !== null && permit(identities.holderOf(identity, topic.device, topic.camera), `read:${topic.channel}`);
}

function ownTopic(text: string, site: string): Topic | null {
  const topic = parseTopic(text);
  return topic?.site === site ? topic : null;
}
