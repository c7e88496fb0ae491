import { idPattern } from "./names.ts";

/** The site that topics start with unless the settings name another. */
export const defaultSite = "demo";

/**
 * Every channel of a device. Each has one kind of writer, so that one permission row describes it:
 * people write `cmd`, `camera`, `estop`, `echo`; the gateway itself writes `lease`; the device writes `status`, `telemetry`, `ack`, `detections/<camera>`.
 */
export const channels = ["cmd", "camera", "estop", "lease", "echo", "status", "telemetry", "ack", "detections"] as const;

/** One of the channels of a device. */
export type Channel = (typeof channels)[number];

/** A topic taken apart. `camera` is there for `detections` only. */
export type Topic = { readonly site: string; readonly device: string; readonly channel: Channel; readonly camera?: string };

/** Writes a topic, for example `demo/picarx/cmd` or `demo/picarx/detections/front`. */
export function buildTopic(topic: Topic): string {
  const base = `${topic.site}/${topic.device}/${topic.channel}`;
  return topic.camera === undefined ? base : `${base}/${topic.camera}`;
}

/** Reads a topic; null for anything that is not exactly one of ours, wildcards included. */
export function parseTopic(text: string): Topic | null {
  const [site, device, channelText, camera, ...rest] = text.split("/");
  const channel = channels.find((name) => name === channelText);
  if (site === undefined || device === undefined || channel === undefined || rest.length > 0) {
    return null;
  }
  if (!idPattern.test(site) || !idPattern.test(device) || (channel === "detections") !== (camera !== undefined)) {
    return null;
  }
  if (camera === undefined) {
    return { site, device, channel };
  }
  return idPattern.test(camera) ? { site, device, channel, camera } : null;
}
