import { describe, expect, it } from "vitest";
import type { Holder } from "../auth/permit.ts";
import { listTopicRights } from "./topic-rights.ts";

const topics = (holder: Holder, action: "publish" | "subscribe") =>
  listTopicRights("demo", "picarx", holder)
    .filter((right) => right.action === action)
    .map(({ topic }) => topic.replace("demo/picarx/", ""));

describe("listTopicRights", () => {
  it.each<[Holder, string[], string[]]>([
    ["share", ["estop", "echo"], ["telemetry", "ack", "detections/+"]],
    ["view", ["estop", "echo"], ["status", "telemetry", "ack", "detections/+"]],
    ["drive", ["cmd", "camera", "estop", "echo"], ["status", "telemetry", "ack", "detections/+"]],
    ["self", ["status", "telemetry", "ack", "detections/+"], ["cmd", "camera", "estop", "lease", "echo"]],
  ])("%s", (holder, publish, subscribe) => {
    expect(topics(holder, "publish")).toEqual(publish);
    expect(topics(holder, "subscribe")).toEqual(subscribe);
  });

  it("lets only a device's status be kept", () => {
    const kept = (["share", "view", "drive", "admin", "self"] as const).flatMap((holder) =>
      listTopicRights("demo", "picarx", holder).filter(({ mayRetain }) => mayRetain),
    );
    expect(kept).toEqual([{ action: "publish", topic: "demo/picarx/status", pattern: false, mayRetain: true }]);
  });
});
