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
const driving: WatchdogState = {
  ...initialWatchdog,
  phase: "armed",
  cause: null,
  output: { throttle: 0.5, steer: 0.2 },
  targetThrottle: 0.5,
  commandAtMs: t0,
  outputAtMs: t0,
  isFresh: false,
};
const states: Record<WatchdogPhase, WatchdogState> = {
  disarmed: { ...initialWatchdog, cause: "silence", isFresh: false },
  armed: driving,
  held: { ...driving, phase: "held", cause: "silence", output: { throttle: 0, steer: 0.2 }, targetThrottle: 0 },
  latched: { ...initialWatchdog, phase: "latched", cause: "stop-pressed", latchedAtMs: t0, isFresh: false },
};

function command(throttle: number, atMs: number, clearsStop = false, isBlind = false): WatchdogEvent {
  return { type: "command", command: { throttle, steer: 0.2 }, clearsStop, isBlind, mayStart: false, atMs };
}

/** The same from somebody whose hand was on nothing before. */
function startCommand(throttle: number, atMs: number, more: object = {}): WatchdogEvent {
  return { type: "command", command: { throttle, steer: 0.2 }, clearsStop: false, isBlind: false, mayStart: true, atMs, ...more };
}

describe("stepWatchdog, every state by every event", () => {
  const rows: Array<[WatchdogPhase, string, WatchdogEvent, WatchdogPhase, number]> = [
    ["disarmed", "throttle", command(0.5, t0 + 50), "disarmed", 0],
    ["disarmed", "neutral", command(0, t0 + 50), "armed", 0],
    ["disarmed", "tick", { type: "tick", atMs: t0 + 9999 }, "disarmed", 0],
    ["disarmed", "fault", { type: "blocked", causes: ["link-down"] }, "disarmed", 0],
    ["disarmed", "stop", { type: "stop-pressed", atMs: t0 + 50 }, "latched", 0],
    ["armed", "throttle", command(0.6, t0 + 50), "armed", 0.6],
    ["armed", "throttle by an old picture", command(0.6, t0 + 50, false, true), "disarmed", 0],
    ["disarmed", "throttle by an old picture, clamped to 0", command(0, t0 + 50, false, true), "disarmed", 0],
    ["held", "throttle by an old picture, clamped to 0", command(0, t0 + 300, false, true), "held", 0],
    ["latched", "a clearing that asks for throttle by an old picture", command(0, t0 + 50, true, true), "latched", 0],
    ["armed", "neutral", command(0, t0 + 50), "armed", 0],
    ["armed", "tick in time", { type: "tick", atMs: t0 + 249 }, "armed", 0.5],
    ["armed", "tick at 250 ms", { type: "tick", atMs: t0 + 250 }, "held", 0],
    ["armed", "tick at 500 ms", { type: "tick", atMs: t0 + 500 }, "disarmed", 0],
    ["armed", "late throttle", command(0.5, t0 + 260), "held", 0],
    ["armed", "very late throttle", command(0.5, t0 + 2000), "disarmed", 0],
    ["armed", "fault", { type: "fault", cause: "lease-lost" }, "disarmed", 0],
    ["armed", "stop", { type: "stop-pressed", atMs: t0 + 50 }, "latched", 0],
    ["held", "throttle", command(0.5, t0 + 300), "held", 0],
    ["held", "neutral", command(0, t0 + 300), "armed", 0],
    ["held", "tick at 499 ms", { type: "tick", atMs: t0 + 499 }, "held", 0],
    ["held", "tick at 500 ms", { type: "tick", atMs: t0 + 500 }, "disarmed", 0],
    ["held", "fault", { type: "blocked", causes: ["video-stale"] }, "disarmed", 0],
    ["held", "stop", { type: "stop-pressed", atMs: t0 + 50 }, "latched", 0],
    ["latched", "throttle", command(0.5, t0 + 50), "latched", 0],
    ["latched", "neutral", command(0, t0 + 50), "latched", 0],
    ["latched", "throttle that clears", command(0.5, t0 + 50, true), "latched", 0],
    ["latched", "neutral that clears", command(0, t0 + 50, true), "armed", 0],
    ["latched", "tick", { type: "tick", atMs: t0 + 9999 }, "latched", 0],
    ["latched", "fault", { type: "blocked", causes: ["link-down"] }, "latched", 0],
    ["latched", "stop", { type: "stop-pressed", atMs: t0 + 50 }, "latched", 0],
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
    const standing: WatchdogState = { ...driving, output: { throttle: 0, steer: 0.2 }, targetThrottle: 0 };
    const later = stepWatchdog(standing, { type: "tick", atMs: t0 + 500 });
    expect(later).toMatchObject({ phase: "armed", output: neutral });
    expect(stepWatchdog(later, command(0.3, t0 + 4000))).toMatchObject({ phase: "armed", targetThrottle: 0.3 });
    expect(stepWatchdog(later, command(0.3, t0 + 10_000))).toMatchObject({ phase: "disarmed", cause: "idle", output: neutral });
  });

  it("limits how fast throttle grows, and never how fast it falls", () => {
    expect(stepWatchdog(driving, command(1, t0 + 10)).output.throttle).toBeCloseTo(0.55, 9);
    expect(stepWatchdog(driving, command(1, t0 + 200)).output.throttle).toBeCloseTo(0.6, 9);
    expect(stepWatchdog(driving, command(-1, t0 + 50)).output.throttle).toBeCloseTo(-0.1, 9);
    expect(stepWatchdog(driving, command(0.1, t0 + 1)).output.throttle).toBe(0.1);
    expect(stepWatchdog(driving, command(0, t0 + 1)).output.throttle).toBe(0);
  });
});

describe("the ramp", () => {
  it("grows by ticks to its target, and a pause in neutral does not add up to a jump", () => {
    const standing: WatchdogState = { ...driving, output: neutral, targetThrottle: 0 };
    let state = stepWatchdog(standing, command(0.5, t0 + 4000));
    const seen = [state.output.throttle];
    while (state.output.throttle < 0.5) {
      state = stepWatchdog(state, { type: "tick", atMs: nextDeadlineMs(state) ?? Number.NaN });
      seen.push(state.output.throttle);
    }
    expect(seen.map((throttle) => Math.round(throttle * 10))).toEqual([1, 2, 3, 4, 5]);
    expect(state.outputAtMs).toBe(t0 + 4080);
  });

  it("never grows by more than its rate and one step, whatever the commands and late timers", async () => {
    const { rampMs, throttlePerS } = defaultWatchdogLimits;
    const step = record({
      afterMs: integer({ min: 0, max: 200 }),
      throttle: double({ min: -1, max: 1, noNaN: true }),
      isTick: constantFrom(true, false),
    });
    await assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        let state = stepWatchdog(initialWatchdog, command(0, t0));
        let atMs = t0;
        let fastest = 0;
        for (const { afterMs, throttle, isTick } of steps) {
          atMs += afterMs;
          const before = Math.abs(state.output.throttle);
          state = stepWatchdog(state, isTick ? { type: "tick", atMs } : command(throttle, atMs));
          fastest = Math.max(fastest, Math.abs(state.output.throttle) - before);
        }
        expect(fastest).toBeLessThanOrEqual((rampMs / 1000) * throttlePerS + 1e-9);
        expect(Math.abs(state.output.throttle)).toBeLessThanOrEqual(((atMs - t0 + rampMs) / 1000) * throttlePerS + 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});

describe("what blocks", () => {
  it("lets nothing arm the vehicle while it lasts, and neutral again after it", () => {
    const blocked = stepWatchdog(driving, { type: "blocked", causes: ["token-expired", "video-stale"] });
    expect(blocked).toMatchObject({ phase: "disarmed", cause: "token-expired", output: neutral, targetThrottle: 0 });
    expect(stepWatchdog(blocked, command(0, t0 + 60))).toBe(blocked);
    expect(stepWatchdog(blocked, { type: "blocked", causes: ["token-expired", "video-stale"] })).toBe(blocked);
    const open = stepWatchdog(blocked, { type: "blocked", causes: [] });
    expect(stepWatchdog(open, command(0.5, t0 + 70)).output.throttle).toBe(0);
    expect(stepWatchdog(open, command(0, t0 + 80)).phase).toBe("armed");
  });
});

describe("a fresh vehicle", () => {
  const fresh = initialWatchdog;
  const blocked = stepWatchdog(fresh, { type: "blocked", causes: ["link-down", "token-expired"] });
  const open = stepWatchdog(blocked, { type: "blocked", causes: [] });

  it("is moved by a command that stands alone, for as long as that lasts", () => {
    const moved = stepWatchdog(open, startCommand(0.5, t0));
    expect(moved).toMatchObject({
      phase: "armed",
      cause: null,
      targetThrottle: 0.5,
      isFresh: false,
      output: { throttle: 0.1, steer: 0.2 },
    });
    expect(stepWatchdog(moved, { type: "tick", atMs: t0 + 250 })).toMatchObject({ phase: "held", output: { throttle: 0 } });
  });

  it("is not moved by a stick that was held before, by an old picture, or while something blocks it", () => {
    expect(stepWatchdog(open, command(0.5, t0))).toBe(open);
    expect(stepWatchdog(open, startCommand(0.5, t0, { isBlind: true }))).toBe(open);
    expect(stepWatchdog(blocked, startCommand(0.5, t0))).toBe(blocked);
  });

  it("says of what it waited for at its start that it has just started", () => {
    expect(blocked).toMatchObject({ cause: "link-down", isFresh: true });
    expect(open).toMatchObject({ cause: "start", isFresh: true });
  });

  it.each<[string, (state: WatchdogState) => WatchdogState]>([
    ["silence", (state) => stepWatchdog(stepWatchdog(state, startCommand(0.5, t0)), { type: "tick", atMs: t0 + 500 })],
    ["idleness", (state) => stepWatchdog(stepWatchdog(state, command(0, t0)), { type: "tick", atMs: t0 + 10_000 })],
    ["a fault", (state) => stepWatchdog(state, { type: "fault", cause: "motors-lost" })],
    ["a stop", (state) => stepWatchdog(state, { type: "stop-pressed", atMs: t0 })],
    [
      "a stop that was cleared, and silence",
      (state) =>
        stepWatchdog(stepWatchdog(stepWatchdog(state, { type: "stop-pressed", atMs: t0 }), command(0, t0, true)), {
          type: "tick",
          atMs: t0 + 10_000,
        }),
    ],
    [
      "a block in a drive",
      (state) =>
        stepWatchdog(stepWatchdog(stepWatchdog(state, startCommand(0.5, t0)), { type: "blocked", causes: ["link-down"] }), {
          type: "blocked",
          causes: [],
        }),
    ],
  ])("is none after %s: neutral comes first then", (_what, happens) => {
    const stopped = happens(open);
    expect(stopped).toMatchObject({ isFresh: false, output: { throttle: 0 } });
    const later = stepWatchdog(stopped, startCommand(0.5, t0 + 20_000));
    expect(later.output.throttle).toBe(0);
    expect(later.phase).not.toBe("armed");
  });
});

describe("nextDeadlineMs", () => {
  it("names the moment at which a tick changes something, and none before", () => {
    const standing = { ...driving, output: { throttle: 0, steer: 0.2 }, targetThrottle: 0 };
    for (const state of [driving, { ...driving, targetThrottle: 1 }, states.held, standing, { ...standing, output: neutral }]) {
      const deadlineMs = nextDeadlineMs(state) ?? Number.NaN;
      expect(deadlineMs).toBeGreaterThan(t0);
      expect(state.targetThrottle === 1 || stepWatchdog(state, { type: "tick", atMs: deadlineMs - 1 }) === state).toBe(true);
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
                  ? { type: "fault", cause: "motors-lost" }
                  : { type: "stop-pressed", atMs: t0 + 50 },
            );
          }
          expect(state.output.throttle === 0 || sawNeutral).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
