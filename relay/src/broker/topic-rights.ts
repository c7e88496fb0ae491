import { channels } from "@helmcast/config";
import { type Holder, permit } from "../auth/permit.ts";

/** What the matrix gives on one topic, for brokers that keep rights of their own. */
export type TopicRight = {
  readonly action: "publish" | "subscribe";
  readonly topic: string;
  /** The topic ends in `+`, which stands for each camera. */
  readonly pattern: boolean;
  /** Only how a device is may be kept by the broker. */
  readonly mayRetain: boolean;
};

/**
 * Exactly the topics that the matrix gives one kind of holder on one device; everything else is refused. Which camera a share link shows stays
 * with the gateway's own guard, which asks at every message.
 * @param device an id, or `+` for every device
 */
export function listTopicRights(site: string, device: string, holder: Holder): TopicRight[] {
  return channels.flatMap((channel) => {
    const pattern = channel === "detections";
    const topic = `${site}/${device}/${channel}${pattern ? "/+" : ""}`;
    const publish = { action: "publish", topic, pattern, mayRetain: channel === "status" } as const;
    const subscribe = { action: "subscribe", topic, pattern, mayRetain: false } as const;
    return [...(permit(holder, `write:${channel}`) ? [publish] : []), ...(permit(holder, `read:${channel}`) ? [subscribe] : [])];
  });
}
