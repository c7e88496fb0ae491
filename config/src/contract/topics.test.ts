import { describe, expect, it } from "vitest";
import { buildTopic, channels, parseTopic } from "./topics.ts";

describe("topics", () => {
  it.each(channels)("%s comes apart as it was joined", (channel) => {
    const topic = { site: "demo", device: "picarx", channel, ...(channel === "detections" ? { camera: "front" } : {}) };
    expect(parseTopic(buildTopic(topic))).toEqual(topic);
  });

  it("are those of the first seed", () => {
    expect(buildTopic({ site: "demo", device: "picarx", channel: "cmd" })).toBe("demo/picarx/cmd");
  });

  it("are all different", () => {
    expect(new Set(channels).size).toBe(channels.length);
  });

  it.each([
    "",
    "demo",
    "demo/picarx",
    "demo/picarx/fly",
    "demo/+/cmd",
    "#",
    "demo/picarx/#",
    "demo/picarx/cmd/",
    "demo/picarx/cmd/front",
    "demo/picarx/detections",
    "demo/picarx/detections/",
    "demo/picarx/detections/+",
    "demo/picarx/detections/a/b",
    "Demo/picarx/cmd",
    "$SYS/picarx/cmd",
    "demo/pi carx/cmd",
  ])("%j is none", (text) => {
    expect(parseTopic(text)).toBeNull();
  });
});
