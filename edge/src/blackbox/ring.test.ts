import { describe, expect, it } from "vitest";
import { acceptCommand, initialMemory } from "../command/accept-command.ts";
import { beginDrive, type DriveState } from "../command/drive-machine.ts";
import { describeMessage } from "./describe-message.ts";
import { reduceJson } from "./reduce-json.ts";
import { defaultBlackBoxLimits, Ring, takeNewerHalf } from "./ring.ts";
import type { BlackBoxEntry } from "./types.ts";

const begun = beginDrive({ acceptBare: true, maxThrottle: 1, look: null }, 0);
const stateAt = (nowMs: number): DriveState => ({ ...begun, nowMs });
const link = (atMs: number): BlackBoxEntry => ({ kind: "link", atMs, up: true });
const step = (atMs: number): BlackBoxEntry => ({ kind: "step", atMs, event: { type: "tick", atMs }, state: stateAt(atMs) });
const output = (atMs: number): BlackBoxEntry => ({ kind: "output", atMs, throttle: 0, steer: 0 });
const times = (ring: Ring) => ring.read().entries.map(({ atMs }) => atMs);

describe("Ring", () => {
  it("keeps 60 s and not a millisecond more", () => {
    const ring = new Ring();
    [0, 1, 60_000].forEach((atMs) => void ring.push(link(atMs)));
    expect(times(ring)).toEqual([0, 1, 60_000]);
    ring.push(link(60_001));
    expect(times(ring)).toEqual([1, 60_000, 60_001]);
    ring.push(link(200_000));
    expect(times(ring)).toEqual([200_000]);
  });

  it("keeps so many entries, over and over in the same places", () => {
    const ring = new Ring({ ...defaultBlackBoxLimits, maxEntries: 3 });
    for (let atMs = 0; atMs < 100; atMs++) {
      ring.push(link(atMs));
    }
    expect(times(ring)).toEqual([97, 98, 99]);
    expect(ring.read().dropped).toBe(97);
  });

  it("keeps so many bytes: a flood of long messages makes it shorter, not larger", () => {
    const ring = new Ring({ ...defaultBlackBoxLimits, maxBytes: 10_000 });
    for (let atMs = 0; atMs < 1000; atMs++) {
      ring.push(describeMessage({ channel: "estop", retained: false, payload: Buffer.alloc(30_000, "x") }, atMs));
    }
    expect(times(ring)).toEqual([993, 994, 995, 996, 997, 998, 999]);
    expect(ring.read().entries[0]).toMatchObject({ bytes: 30_000, text: "x".repeat(512) });
  });

  it("knows the drive's state before its oldest entry, and leaves outputs of a step out that is gone", () => {
    const ring = new Ring({ ...defaultBlackBoxLimits, maxEntries: 3 });
    [step(1), output(1), step(2), output(2)].forEach((entry) => void ring.push(entry));
    const { before, entries } = ring.read();
    expect(before).toBe(entries.length > 0 ? before : null);
    expect(before?.nowMs).toBe(1);
    expect(entries.map(({ kind, atMs }) => `${kind} ${atMs}`)).toEqual(["step 2", "output 2"]);
  });

  it("gives its newer half with the state before that", () => {
    const ring = new Ring();
    [step(1), output(1), step(2), output(2), output(2), step(3)].forEach((entry) => void ring.push(entry));
    const half = takeNewerHalf(ring.read());
    expect(half.before?.nowMs).toBe(2);
    expect(half.entries.map(({ kind, atMs }) => `${kind} ${atMs}`)).toEqual(["step 3"]);
    expect(takeNewerHalf({ before: null, entries: [], dropped: 0 }).entries).toEqual([]);
  });

  it("keeps of a long message only what is looked at", () => {
    const ring = new Ring();
    const json = { throttle: 0.5, steer: 0, junk: Array.from({ length: 500 }, () => [[]]) };
    const payload = Buffer.from(JSON.stringify(json));
    ring.push(describeMessage({ channel: "cmd", retained: false, payload }, 1));
    ring.push({
      kind: "step",
      atMs: 1,
      state: stateAt(1),
      event: { type: "message", channel: "cmd", message: { json, retained: false, atMs: 1 } },
    });
    expect(ring.read().entries[1]).toMatchObject({ event: { message: { json: { throttle: 0.5, steer: 0 } } } });
    expect(JSON.stringify(ring.read().entries[1])).not.toContain("junk");
  });
});

describe("reduceJson", () => {
  const envelope = { v: 1, lease: 7, seq: 3, echo: 900, frameAgeMs: 50, throttle: 0.5, steer: 0 };
  it.each([
    [envelope],
    [{ ...envelope, junk: "x".repeat(3000) }],
    [{ ...envelope, throttle: "x".repeat(3000) }],
    [{ ...envelope, steer: { deep: [1, 2] } }],
    [{ ...envelope, frameAgeMs: null, padding: [] }],
    [{ throttle: 1, steer: 0, clearStop: [true] }],
    [["v", "lease"]],
    ["text".repeat(1000)],
    [null],
    [12],
    [{ x: 1, v: undefined }],
  ])("changes no decision: %j", (json) => {
    const rules = { acceptBare: true, maxThrottle: 1, lease: 7, afterStall: false, startedAtMs: 0 };
    const decide = (each: unknown) => acceptCommand(initialMemory, { json: each, retained: false, atMs: 1000 }, rules);
    expect(decide(reduceJson(json))).toEqual(decide(json));
    expect(JSON.stringify(reduceJson(json))?.length ?? 0).toBeLessThan(1000);
  });
});
