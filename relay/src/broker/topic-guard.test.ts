import { describe, expect, it } from "vitest";
import type { Identities } from "../auth/identity.ts";
import type { Holder } from "../auth/permit.ts";
import { findPublishFault, maySubscribe } from "./topic-guard.ts";

const identity = { kind: "user" as const, name: "ann", sid: "s", expMs: 0 };
const as = (holder: Holder | null): Identities => ({
  fromToken: () => ({ ok: false, reason: "invalid" }),
  fromCookie: () => null,
  isSiteAdmin: () => false,
  holderOf: (_identity, device) => (device === "picarx" ? holder : null),
});
const message = { topic: "demo/picarx/cmd", qos: 0, retain: false, payloadBytes: 20 };

describe("findPublishFault", () => {
  it.each<[Holder | null, Partial<typeof message>, RegExp | null]>([
    ["drive", {}, null],
    ["view", {}, /not allowed/],
    [null, {}, /not allowed/],
    ["self", {}, /not allowed/],
    ["drive", { topic: "demo/other/cmd" }, /not allowed/],
    ["drive", { topic: "elsewhere/picarx/cmd" }, /does not exist/],
    ["drive", { topic: "demo/picarx/unknown" }, /does not exist/],
    ["drive", { topic: "$SYS/broker" }, /does not exist/],
    ["drive", { retain: true }, /retained/],
    ["view", { topic: "demo/picarx/estop" }, null],
    ["view", { topic: "demo/picarx/estop", retain: true }, /retained/],
    ["admin", { topic: "demo/picarx/status" }, /not allowed/],
    ["self", { topic: "demo/picarx/status", retain: true, qos: 1 }, null],
    ["self", { topic: "demo/picarx/telemetry", retain: true }, /retained/],
    ["drive", { qos: 2 }, /QoS 2/],
    ["drive", { payloadBytes: 40_000 }, /bytes/],
  ])("%s %o", (holder, change, fault) => {
    const found = findPublishFault({ ...message, ...change }, identity, as(holder), "demo");
    if (fault === null) {
      expect(found).toBeNull();
    } else {
      expect(found).toMatch(fault);
    }
  });
});

describe("maySubscribe", () => {
  it.each<[Holder | null, string, boolean]>([
    ["view", "demo/picarx/status", true],
    ["view", "demo/picarx/detections/front", true],
    ["view", "demo/picarx/cmd", false],
    ["self", "demo/picarx/cmd", true],
    ["self", "demo/other/cmd", false],
    ["admin", "#", false],
    ["admin", "demo/+/status", false],
    ["admin", "demo/picarx/#", false],
    ["admin", "$SYS/#", false],
    [null, "demo/picarx/status", false],
  ])("%s %s %s", (holder, filter, allowed) => {
    expect(maySubscribe(filter, identity, as(holder), "demo")).toBe(allowed);
  });
});
