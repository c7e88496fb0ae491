import { describe, expect, it } from "vitest";
import type { Holder } from "../../auth/permit.ts";
import { findRoleName, findRoles, writeGatewayRole } from "./roles.ts";

const identity = { kind: "user" as const, name: "ann", sid: "s", expMs: 0 };
const holders: Record<string, Holder> = { picarx: "share", other: "drive" };
const identities = { holderOf: (_identity: unknown, device: string) => holders[device] ?? null };

describe("roles", () => {
  it("are one for each device that somebody has a right on, with exactly its topics", () => {
    const roles = findRoles(identity, identities, "demo", ["picarx", "other", "third"]);
    expect(roles.map(({ name }) => name)).toEqual(["r:picarx:share", "r:other:drive"]);
    expect(roles[0]?.acls).toEqual([
      { acltype: "publishClientSend", topic: "demo/picarx/estop", allow: true },
      { acltype: "publishClientSend", topic: "demo/picarx/echo", allow: true },
      { acltype: "subscribeLiteral", topic: "demo/picarx/telemetry", allow: true },
      { acltype: "publishClientReceive", topic: "demo/picarx/telemetry", allow: true },
      { acltype: "subscribeLiteral", topic: "demo/picarx/ack", allow: true },
      { acltype: "publishClientReceive", topic: "demo/picarx/ack", allow: true },
      { acltype: "subscribePattern", topic: "demo/picarx/detections/+", allow: true },
      { acltype: "publishClientReceive", topic: "demo/picarx/detections/+", allow: true },
    ]);
  });

  it("are found by topic", () => {
    expect(findRoleName(identity, identities, "demo/other/cmd")).toBe("r:other:drive");
    expect(findRoleName(identity, identities, "demo/third/cmd")).toBeNull();
    expect(findRoleName(identity, identities, "$SYS/x")).toBeNull();
  });

  it("of the gateway reach its site and nothing else", () => {
    expect(new Set(writeGatewayRole("demo").acls.map(({ topic }) => topic))).toEqual(new Set(["demo/#"]));
  });
});
