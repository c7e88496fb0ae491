import { describe, expect, it } from "vitest";
import { acceptCommand, type CommandMemory, defaultCommandRules, initialMemory, takeLease } from "./accept-command.ts";

const nowMs = 10_000;
const leased: CommandMemory = { lease: 7, lastSeq: 41 };
const envelope = { v: 1, lease: 7, seq: 42, echo: nowMs - 80, frameAgeMs: 90, throttle: 0.5, steer: -0.25 };

function accept(json: unknown, memory: CommandMemory = leased, retained = false) {
  return acceptCommand(memory, { json, retained, atMs: nowMs }, defaultCommandRules);
}

describe("acceptCommand", () => {
  it("takes the first seed's bare payload, clamped", () => {
    expect(accept({ throttle: 3, steer: -9 }).result).toEqual({ ok: true, command: { throttle: 1, steer: -1 }, clearsStop: false });
    expect(accept({ throttle: -0, steer: 0 }).result).toMatchObject({ command: { throttle: 0 } });
  });

  it("holds the device's cap on throttle, in both directions", () => {
    const rules = { ...defaultCommandRules, maxThrottle: 0.3 };
    for (const throttle of [1, -1]) {
      const { result } = acceptCommand(leased, { json: { throttle, steer: 0 }, retained: false, atMs: nowMs }, rules);
      expect(result).toMatchObject({ ok: true, command: { throttle: 0.3 * throttle } });
    }
  });

  it.each([
    ["null", null],
    ["text", "go"],
    ["a list", [1, 2]],
    ["no steer", { throttle: 0.3 }],
    ["text for a number", { throttle: "0.3", steer: 0 }],
    ["NaN", { throttle: Number.NaN, steer: 0 }],
    ["Infinity", { throttle: Number.POSITIVE_INFINITY, steer: 0 }],
    ["null steer", { throttle: 0, steer: null }],
    ["an envelope without lease", { v: 1, seq: 1, throttle: 0.3, steer: 0 }],
    ["an envelope of another version", { ...envelope, v: 2 }],
    ["an envelope with NaN", { ...envelope, throttle: Number.NaN }],
    ["an envelope with a broken number", { ...envelope, seq: 1.5 }],
  ])("refuses %s", (_what, json) => {
    expect(accept(json)).toEqual({ memory: leased, result: { ok: false, reason: "malformed" } });
  });

  it.each([
    ["retained", { throttle: 0.3, steer: 0 }, leased, true],
    ["no-lease", envelope, initialMemory, false],
    ["old-lease", { ...envelope, lease: 6 }, leased, false],
    ["out-of-order", { ...envelope, seq: 41 }, leased, false],
    ["out-of-order", { ...envelope, seq: 3 }, leased, false],
    ["stale", { ...envelope, echo: nowMs - 601 }, leased, false],
    ["from-the-future", { ...envelope, echo: nowMs + 1 }, leased, false],
  ] as const)("refuses %s", (reason, json, memory, retained) => {
    expect(accept(json, memory, retained)).toEqual({ memory, result: { ok: false, reason } });
  });

  it("refuses a bare payload where the device does not allow it", () => {
    const rules = { ...defaultCommandRules, acceptBare: false };
    const { result } = acceptCommand(leased, { json: { throttle: 0, steer: 0 }, retained: false, atMs: nowMs }, rules);
    expect(result).toEqual({ ok: false, reason: "bare-not-allowed" });
  });

  it("takes an envelope once, and remembers its number", () => {
    const first = accept(envelope);
    expect(first.result).toEqual({ ok: true, command: { throttle: 0.5, steer: -0.25 }, clearsStop: false });
    expect(first.memory).toEqual({ lease: 7, lastSeq: 42 });
    expect(accept(envelope, first.memory).result).toEqual({ ok: false, reason: "out-of-order" });
  });

  it.each([[null], [701]])("lets nobody accelerate who sees a picture of age %s", (frameAgeMs) => {
    expect(accept({ ...envelope, frameAgeMs }).result).toMatchObject({ ok: true, command: { throttle: 0, steer: -0.25 } });
  });

  it("clears a stop only with throttle 0", () => {
    expect(accept({ throttle: 0, steer: 0, clearStop: true }).result).toMatchObject({ clearsStop: true });
    expect(accept({ throttle: 0.1, steer: 0, clearStop: true }).result).toMatchObject({ clearsStop: false });
  });
});

describe("takeLease", () => {
  it("goes up only, so that an old lease never comes back", () => {
    expect(takeLease(leased, 8)).toEqual({ lease: 8, lastSeq: -1 });
    expect(takeLease(leased, 7)).toBe(leased);
    expect(takeLease(leased, 3)).toBe(leased);
    expect(takeLease(leased, null)).toEqual({ lease: null, lastSeq: -1 });
  });
});
