import { describe, expect, it } from "vitest";
import { accountRule, addressRule, createLoginLimit, networkOf } from "./login-limit.ts";

function makeLimit() {
  let nowMs = 0;
  const limit = createLoginLimit(() => nowMs);
  return { limit, pass: (seconds: number) => (nowMs += seconds * 1000) };
}

describe("createLoginLimit", () => {
  it("lets a burst through from one address, then one try per refill", () => {
    const { limit, pass } = makeLimit();
    const tries = Array.from({ length: addressRule.burst }, () => limit.take("192.0.2.1", "admin"));
    expect(tries.every((wait) => wait === null)).toBe(true);
    expect(limit.take("192.0.2.1", "other")).toBe(addressRule.refillS);
    pass(addressRule.refillS);
    expect(limit.take("192.0.2.1", "admin")).toBeNull();
    expect(limit.take("192.0.2.1", "admin")).toBeGreaterThan(0);
    expect(limit.take("192.0.2.2", "admin")).toBeNull();
  });

  it("does not count tries that succeed", () => {
    const { limit } = makeLimit();
    for (let round = 0; round < 100; round++) {
      expect(limit.take("192.0.2.1", "admin")).toBeNull();
      limit.succeed("192.0.2.1", "admin");
    }
  });

  it("slows many addresses that guess at one account, but never the owner who signed in from here before", () => {
    const { limit } = makeLimit();
    limit.take("192.0.2.1", "admin");
    limit.succeed("192.0.2.1", "admin");
    for (let guess = 0; guess < accountRule.burst; guess++) {
      expect(limit.take(`198.51.100.${guess}`, "admin")).toBeNull();
    }
    expect(limit.take("203.0.113.1", "admin")).toBeGreaterThan(0);
    expect(limit.take("203.0.113.1", "other")).toBeNull();
    expect(limit.take("192.0.2.1", "admin")).toBeNull();
  });

  it("gives back a try that could not be judged, and tells an account's own addresses", () => {
    const { limit } = makeLimit();
    for (let round = 0; round < 100; round++) {
      expect(limit.take("192.0.2.1", "admin")).toBeNull();
      limit.giveBack("192.0.2.1", "admin");
    }
    expect(limit.isOwn("192.0.2.1", "admin")).toBe(false);
    limit.succeed("192.0.2.1", "admin");
    expect([limit.isOwn("192.0.2.1", "admin"), limit.isOwn("192.0.2.1", "ann"), limit.isOwn("192.0.2.2", "admin")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("knows the addresses of running sign-ins after a restart under attack", () => {
    const limit = createLoginLimit(() => 0, [{ address: "192.0.2.1", account: "admin" }]);
    for (let guess = 0; guess < accountRule.burst; guess++) {
      limit.take(`198.51.100.${guess}`, "admin");
    }
    expect(limit.take("203.0.113.1", "admin")).toBeGreaterThan(0);
    expect(limit.take("192.0.2.1", "admin")).toBeNull();
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ])("counts %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
