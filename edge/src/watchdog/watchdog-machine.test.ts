import { array, assert, constantFrom, double, integer, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultWatchdogLimits,
  initialWatchdog,
  neutral,
  nextDeadlineMs,
  stepWatchdog,
  type WatchdogEvent,
  type WatchdogPhase,
  type WatchdogState,
} from "./watchdog-machine.ts";

const t0 = 1000;
const driving: WatchdogState = { phase: "armed", cause: null, output: { throttle: 0.5, steer: 0.2 }, commandAtMs: t0 };
const states: Record<WatchdogPhase, WatchdogState> = {
  disarmed: { ...initialWatchdog, cause: "silence" },
  armed: driving,
  held: { phase: "held", cause: "silence", output: { throttle: 0, steer: 0.2 }, commandAtMs: t0 },
  latched: { phase: "latched", cause: "stop-pressed", output: neutral, commandAtMs: t0 },
};

function command(throttle: number, atMs: number, clearsStop = false): WatchdogEvent {
  return { type: "command", command: { throttle, steer: 0.2 }, clearsStop, atMs };
}

describe("stepWatchdog, every state by every event", () => {
  const rows: Array<[WatchdogPhase, string, WatchdogEvent, WatchdogPhase, number]> = [
    ["disarmed", "throttle", command(0.5, t0 + 50), "disarmed", 0],
    ["disarmed", "neutral", command(0, t0 + 50), "armed", 0],
    ["disarmed", "tick", { type: "tick", atMs: t0 + 9999 }, "disarmed", 0],
    ["disarmed", "fault", { type: "fault", cause: "link-down" }, "disarmed", 0],
    ["disarmed", "stop", { type: "stop-pressed" }, "latched", 0],
    ["armed", "throttle", command(0.6, t0 + 50), "armed", 0.6],
    ["armed", "neutral", command(0, t0 + 50), "armed", 0],
    ["armed", "tick in time", { type: "tick", atMs: t0 + 249 }, "armed", 0.5],
    ["armed", "tick at 250 ms", { type: "tick", atMs: t0 + 250 }, "held", 0],
    ["armed", "tick at 500 ms", { type: "tick", atMs: t0 + 500 }, "disarmed", 0],
    ["armed", "late throttle", command(0.5, t0 + 260), "held", 0],
    ["armed", "very late throttle", command(0.5, t0 + 2000), "disarmed", 0],
    ["armed", "fault", { type: "fault", cause: "lease-lost" }, "disarmed", 0],
    ["armed", "stop", { type: "stop-pressed" }, "latched", 0],
    ["held", "throttle", command(0.5, t0 + 300), "held", 0],
    ["held", "neutral", command(0, t0 + 300), "armed", 0],
    ["held", "tick at 499 ms", { type: "tick", atMs: t0 + 499 }, "held", 0],
    ["held", "tick at 500 ms", { type: "tick", atMs: t0 + 500 }, "disarmed", 0],
    ["held", "fault", { type: "fault", cause: "video-stale" }, "disarmed", 0],
    ["held", "stop", { type: "stop-pressed" }, "latched", 0],
    ["latched", "throttle", command(0.5, t0 + 50), "latched", 0],
    ["latched", "neutral", command(0, t0 + 50), "latched", 0],
    ["latched", "throttle that clears", command(0.5, t0 + 50, true), "latched", 0],
    ["latched", "neutral that clears", command(0, t0 + 50, true), "armed", 0],
    ["latched", "tick", { type: "tick", atMs: t0 + 9999 }, "latched", 0],
    ["latched", "fault", { type: "fault", cause: "link-down" }, "latched", 0],
    ["latched", "stop", { type: "stop-pressed" }, "latched", 0],
  ];
  it.each(rows)("%s + %s", (from, _what, event, phase, throttle) => {
    const next = stepWatchdog(states[from], event);
    expect(next.phase).toBe(phase);
    expect(next.output.throttle).toBeCloseTo(throttle, 9);
  });

  it("keeps the steering for the short silence and straightens it after the long one", () => {
    expect(stepWatchdog(driving, { type: "tick", atMs: t0 + 250 }).output).toEqual({ throttle: 0, steer: 0.2 });
    expect(stepWatchdog(driving, { type: "tick", atMs: t0 + 500 }).output).toEqual(neutral);
  });

  it("keeps a standing vehicle armed for 10 s, for people who type their commands", () => {
    const standing: WatchdogState = { ...driving, output: { throttle: 0, steer: 0.2 } };
    const later = stepWatchdog(standing, { type: "tick", atMs: t0 + 500 });
    expect(later).toMatchObject({ phase: "armed", output: neutral });
    expect(stepWatchdog(later, command(0.3, t0 + 4000))).toMatchObject({ phase: "armed", output: { throttle: 0.3 } });
    expect(stepWatchdog(later, command(0.3, t0 + 10_000))).toMatchObject({ phase: "disarmed", cause: "idle", output: neutral });
  });

  it("limits how fast throttle grows, and never how fast it falls", () => {
    expect(stepWatchdog(driving, command(1, t0 + 50)).output.throttle).toBeCloseTo(0.75, 9);
    expect(stepWatchdog(driving, command(-1, t0 + 50)).output.throttle).toBeCloseTo(-0.25, 9);
    expect(stepWatchdog(driving, command(0.1, t0 + 1)).output.throttle).toBe(0.1);
    expect(stepWatchdog(driving, command(0, t0 + 1)).output.throttle).toBe(0);
  });
});

describe("nextDeadlineMs", () => {
  it("names the moment at which a tick changes something, and none before", () => {
    for (const state of [driving, states.held, { ...driving, output: { throttle: 0, steer: 0.2 } }, { ...driving, output: neutral }]) {
      const deadlineMs = nextDeadlineMs(state) ?? Number.NaN;
      expect(stepWatchdog(state, { type: "tick", atMs: deadlineMs - 1 })).toBe(state);
      expect(stepWatchdog(state, { type: "tick", atMs: deadlineMs })).not.toBe(state);
    }
    expect(nextDeadlineMs(states.disarmed)).toBeNull();
    expect(nextDeadlineMs(states.latched)).toBeNull();
  });
});

describe("whatever happens", () => {
  const event = oneof(
    record({
      kind: constantFrom("command" as const),
      afterMs: integer({ min: 0, max: 400 }),
      throttle: double({ min: -1, max: 1, noNaN: true }),
    }),
    record({ kind: constantFrom("tick" as const, "fault" as const, "stop" as const), afterMs: integer({ min: 0, max: 400 }) }),
  );

  it("no throttle outlives 250 ms of silence, and none returns without a neutral command", async () => {
    await assert(
      property(array(event, { maxLength: 60 }), (events) => {
        let state = initialWatchdog;
        let atMs = t0;
        let sawNeutral = false;
        let lastCommandMs = Number.NEGATIVE_INFINITY;
        for (const each of events) {
          atMs += each.afterMs;
          if (stepWatchdog(state, { type: "tick", atMs }).output.throttle !== 0) {
            expect(atMs - lastCommandMs).toBeLessThan(defaultWatchdogLimits.softMs);
          }
          if ("throttle" in each) {
            const isLate = atMs - lastCommandMs >= defaultWatchdogLimits.softMs && state.output.throttle !== 0;
            sawNeutral = each.throttle === 0 || (sawNeutral && !isLate);
            lastCommandMs = atMs;
            state = stepWatchdog(state, command(each.throttle, atMs));
          } else {
            sawNeutral &&= each.kind === "tick";
            state = stepWatchdog(
              state,
              each.kind === "tick"
                ? { type: "tick", atMs }
                : each.kind === "fault"
                  ? { type: "fault", cause: "link-down" }
                  : { type: "stop-pressed" },
            );
          }
          expect(state.output.throttle === 0 || sawNeutral).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
