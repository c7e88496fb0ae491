import { describe, expect, it } from "vitest";
import { acceptCommand, acceptLook, type CommandMemory, type CommandRules } from "./accept-command.ts";

const nowMs = 10_000;
const seen: CommandMemory = { lease: 7, drive: 41, look: 3 };
const leased: CommandRules = { acceptBare: true, maxThrottle: 1, lease: 7, afterStall: false, startedAtMs: 1000 };
const free: CommandRules = { ...leased, lease: null };
const envelope = { v: 1, lease: 7, seq: 42, echo: nowMs - 80, frameAgeMs: 90, throttle: 0.5, steer: -0.25 };

function accept(json: unknown, rules = leased, retained = false, memory = seen) {
  return acceptCommand(memory, { json, retained, atMs: nowMs }, rules);
}

describe("acceptCommand", () => {
  it("takes the first seed's bare payload, clamped", () => {
    const command = { throttle: 1, steer: -1 };
    expect(accept({ throttle: 3, steer: -9 }, free).result).toEqual({ ok: true, command, isBlind: false, wantsClear: false, echo: null });
    expect(accept({ throttle: -0, steer: 0 }, free).result).toMatchObject({ command: { throttle: 0 } });
  });

  it("holds the device's cap on throttle, in both directions", () => {
    for (const throttle of [1, -1]) {
      expect(accept({ throttle, steer: 0 }, { ...free, maxThrottle: 0.3 }).result).toMatchObject({
        ok: true,
        command: { throttle: 0.3 * throttle },
      });
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
    ["an envelope with its number left out", { echo: nowMs, throttle: 0.3, steer: 0 }],
  ])("refuses %s, with a lease and without", (_what, json) => {
    for (const rules of [leased, free]) {
      expect(accept(json, rules)).toEqual({ memory: seen, result: { ok: false, reason: "malformed" } });
    }
  });

  const bare = { throttle: 0.3, steer: 0 };
  it.each<[string, string, unknown, CommandRules, boolean]>([
    ["retained", "retained", bare, free, true],
    ["an envelope that is retained", "retained", envelope, leased, true],
    ["a bare one under a lease", "lease-in-force", bare, leased, false],
    ["a bare one where the device takes none", "bare-not-allowed", bare, { ...free, acceptBare: false }, false],
    ["a bare one that may have waited", "after-stall", bare, { ...free, afterStall: true }, false],
    ["an envelope without a lease", "no-lease", envelope, free, false],
    ["an older lease", "old-lease", { ...envelope, lease: 6 }, leased, false],
    ["a lease that is not known yet", "old-lease", { ...envelope, lease: 8 }, leased, false],
    ["the same number again", "out-of-order", { ...envelope, seq: 41 }, leased, false],
    ["an older number", "out-of-order", { ...envelope, seq: 3 }, leased, false],
    ["an old stamp", "stale", { ...envelope, echo: nowMs - 601 }, leased, false],
    ["a stamp of an earlier run", "stale", { ...envelope, echo: nowMs - 80 }, { ...leased, startedAtMs: nowMs - 50 }, false],
    ["a stamp of the future", "from-the-future", { ...envelope, echo: nowMs + 1 }, leased, false],
  ])("refuses %s", (_what, reason, json, rules, retained) => {
    expect(accept(json, rules, retained)).toEqual({ memory: seen, result: { ok: false, reason } });
  });

  it("judges an envelope by its stamp alone after a stall", () => {
    expect(accept(envelope, { ...leased, afterStall: true }).result.ok).toBe(true);
  });

  it("takes an envelope once, remembers its number, and counts anew under a new lease", () => {
    const first = accept(envelope);
    const command = { throttle: 0.5, steer: -0.25 };
    expect(first.result).toEqual({ ok: true, command, isBlind: false, wantsClear: false, echo: nowMs - 80 });
    expect(first.memory).toEqual({ lease: 7, drive: 42, look: 3 });
    expect(accept(envelope, leased, false, first.memory).result).toEqual({ ok: false, reason: "out-of-order" });
    const next = accept({ ...envelope, lease: 9, seq: 0 }, { ...leased, lease: 9 }, false, first.memory);
    expect(next.memory).toEqual({ lease: 9, drive: 0, look: -1 });
  });

  it.each([[null], [701]])("calls throttle by a picture of age %s blind", (frameAgeMs) => {
    expect(accept({ ...envelope, frameAgeMs }).result).toMatchObject({ ok: true, isBlind: true });
    expect(accept({ ...envelope, throttle: 0, frameAgeMs }).result).toMatchObject({ ok: true, isBlind: false });
  });

  it("hears a wish to clear a stop only with throttle 0", () => {
    expect(accept({ throttle: 0, steer: 0, clearStop: true }, free).result).toMatchObject({ wantsClear: true });
    expect(accept({ throttle: 0.1, steer: 0, clearStop: true }, free).result).toMatchObject({ wantsClear: false });
    expect(accept({ throttle: 0.1, steer: 0, clearStop: true }, { ...free, maxThrottle: 0 }).result).toMatchObject({ wantsClear: false });
  });
});

describe("acceptLook", () => {
  const look = { v: 1, lease: 7, seq: 4, echo: nowMs - 80, pan: 20, tilt: -10 };
  const acceptOf = (json: unknown, rules = leased, retained = false) => acceptLook(seen, { json, retained, atMs: nowMs }, rules);

  it("takes a bare one and an envelope, with numbers of its own", () => {
    expect(acceptOf({ pan: 20, tilt: -10 }, free)).toEqual({ memory: seen, result: { ok: true, command: { pan: 20, tilt: -10 } } });
    expect(acceptOf(look)).toEqual({ memory: { lease: 7, drive: 41, look: 4 }, result: { ok: true, command: { pan: 20, tilt: -10 } } });
  });

  it.each<[string, string, unknown, CommandRules, boolean]>([
    ["NaN", "malformed", { pan: Number.NaN, tilt: 0 }, free, false],
    ["Infinity", "malformed", { ...look, tilt: Number.POSITIVE_INFINITY }, leased, false],
    ["text", "malformed", { pan: "20", tilt: 0 }, free, false],
    ["nothing", "malformed", undefined, free, false],
    ["a retained one", "retained", look, leased, true],
    ["a bare one under a lease", "lease-in-force", { pan: 1, tilt: 1 }, leased, false],
    ["a repeated one", "out-of-order", { ...look, seq: 3 }, leased, false],
    ["an old one", "stale", { ...look, echo: nowMs - 601 }, leased, false],
    ["one of an older lease", "old-lease", { ...look, lease: 6 }, leased, false],
  ])("refuses %s", (_what, reason, json, rules, retained) => {
    expect(acceptOf(json, rules, retained)).toEqual({ memory: seen, result: { ok: false, reason } });
  });
});
