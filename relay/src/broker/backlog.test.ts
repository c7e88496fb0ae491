import { describe, expect, it } from "vitest";
import { type Delivery, isBetterLost } from "./backlog.ts";

const command: Delivery = { topic: "demo/picarx/cmd", qos: 0, retain: false, backlogBytes: 0, full: false };

describe("isBetterLost", () => {
  it.each<[string, Partial<Delivery>, boolean]>([
    ["a command to somebody who reads", {}, false],
    ["a command behind a few others", { backlogBytes: 1000 }, false],
    ["a command behind half a second of others", { backlogBytes: 3000 }, true],
    ["telemetry behind as much", { topic: "demo/picarx/telemetry", backlogBytes: 3000 }, false],
    ["telemetry to somebody who does not read", { topic: "demo/picarx/telemetry", backlogBytes: 70_000, full: true }, true],
    ["a stop", { topic: "demo/picarx/estop", qos: 1, backlogBytes: 70_000, full: true }, false],
    ["a kept status", { topic: "demo/picarx/status", retain: true, backlogBytes: 70_000, full: true }, false],
  ])("%s", (_what, change, lost) => {
    expect(isBetterLost({ ...command, ...change })).toBe(lost);
  });
});
