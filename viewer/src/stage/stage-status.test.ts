import { describe, expect, it } from "vitest";
import { languages, tables } from "../i18n/language.ts";
import { closedLadder } from "../play/ladder-machine.ts";
import type { Attempt, LadderState } from "../play/ladder-types.ts";
import { describeStage, downAfterMs, type StageCondition, type StageStatus, waitBeforeRetryMs } from "./stage-status.ts";
import { announceStatus, sayAge, sayStatus } from "./words.ts";

const attempt: Attempt = { id: 1, startedAtMs: 0, lastFrameAtMs: 0, movingSinceMs: 0, captureMs: null, medianMs: 40 };
const running: LadderState = { ...closedLadder, phase: "running", rungs: ["whep", "hls"] };
const live: LadderState = { ...running, shown: "whep", paintedAtMs: 10_000, attempts: { whep: attempt, hls: null } };

describe("the status of a stage", () => {
  it.each([
    ["nothing painted yet", running, 9000, "connecting"],
    ["a fresh frame", live, 10_040, "live"],
    ["a frame that stands", live, 11_500, "stale"],
    ["the kept frame", { ...live, shown: null }, 10_100, "stale"],
    ["no picture for long", { ...live, shown: null }, 10_000 + downAfterMs + 1, "down"],
    ["nothing ever for long", running, 8000 + downAfterMs + 1, "down"],
    ["a camera that went", { ...live, online: false }, 12_000, "away"],
    ["a camera that is going, its last frames arriving", { ...live, online: false }, 10_040, "live"],
    ["no such stream", { ...live, phase: "waiting", shown: null }, 12_000, "away"],
    ["a kick", { ...running, phase: "kicked" }, 9000, "kicked"],
    ["no right", { ...running, phase: "forbidden" }, 9000, "forbidden"],
    ["no codec", { ...running, phase: "unsupported" }, 9000, "unsupported"],
  ] as const)("%s", (_name, state, nowMs, expected) => {
    expect(describeStage(state, 8000, nowMs).status).toBe(expected);
  });

  it("counts the wait after a kick down to nothing", () => {
    const kicked: LadderState = { ...running, phase: "kicked", kickedAtMs: 10_000 };
    expect([10_000, 39_000, 50_000].map((nowMs) => waitBeforeRetryMs(kicked, nowMs))).toEqual([30_000, 1000, 0]);
    expect(waitBeforeRetryMs(running, 10_000)).toBe(0);
  });

  it("gives a slow camera its time", () => {
    const slow = { ...live, attempts: { whep: { ...attempt, medianMs: 500 }, hls: null } };
    expect(describeStage(slow, 0, 12_500).status).toBe("live");
  });
});

describe("the words of the status", () => {
  const { en } = tables;
  const condition = (status: StageStatus, extra: Partial<StageCondition> = {}): StageCondition => ({
    status,
    rung: "whep",
    standingMs: 30,
    ...extra,
  });

  it.each([
    ["Live, 48 ms old · direct", condition("live"), { ageMs: 48.4, boundMs: 3 }],
    ["Live, 48 ms old · direct", condition("live"), { ageMs: 48, boundMs: 50 }],
    ["Live, 48 ms ± 80 ms old · direct", condition("live"), { ageMs: 48, boundMs: 80 }],
    ["Live, 0.4 s old · over HTTP", condition("live", { rung: "hls" }), { ageMs: 380, boundMs: 3 }],
    ["Live · direct · Age unknown", condition("live"), null],
    ["Live · over HTTP · Age unknown", condition("live", { rung: "hls" }), null],
    ["Picture is 3 s old, reconnecting", condition("stale", { standingMs: 3000 }), null],
    ["Picture is 4 s old, reconnecting", condition("stale", { standingMs: 3000 }), { ageMs: 4000, boundMs: 3 }],
  ])("%s", (expected, state, age) => {
    expect(sayStatus(en, state, age)).toBe(expected);
  });

  it.each([
    [0, "0 ms"],
    [99.4, "99 ms"],
    [99.6, "0.1 s"],
    [9940, "9.9 s"],
    [9960, "10 s"],
    [65_000, "65 s"],
  ])("an age of %d ms is said as %s", (ageMs, expected) => {
    expect(sayAge(en, ageMs)).toBe(expected);
  });

  it("are there for every state in every language, and a screen reader is spared running numbers", () => {
    const states: StageStatus[] = ["connecting", "live", "stale", "away", "down", "forbidden", "unsupported"];
    for (const { id } of languages) {
      for (const status of states) {
        expect(sayStatus(tables[id], condition(status), null)).not.toBe("");
        expect(announceStatus(tables[id], condition(status))).not.toMatch(/\d/);
      }
    }
  });
});
