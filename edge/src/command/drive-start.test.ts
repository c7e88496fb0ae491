import { array, assert, constantFrom, integer, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { beginDrive, nextTickMs, readOutput, stepDrive } from "./drive-machine.ts";

/** As the rule has it: a command that comes after so much silence, ms, is no stick that is held. */
const aloneMs = 2000;

/** What happens to a vehicle that nobody holds a lease of. */
type Step = {
  readonly afterMs: number;
  readonly what: "ahead" | "neutral" | "retained" | "block" | "unblock" | "stop" | "clear" | "asleep";
};

const step = record<Step>({
  afterMs: oneof({ weight: 3, arbitrary: integer({ min: 10, max: 120 }) }, integer({ min: 120, max: 5000 })),
  what: constantFrom<Step["what"]>(
    "ahead",
    "ahead",
    "ahead",
    "ahead",
    "neutral",
    "retained",
    "block",
    "unblock",
    "stop",
    "clear",
    "asleep",
  ),
});

describe("without a lease", () => {
  it("what moves a vehicle came after a neutral command, or alone to a fresh one", async () => {
    const began = { alone: 0, afterNeutral: 0 };
    await assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        let state = beginDrive({ acceptBare: true, maxThrottle: 1, look: null }, 0);
        let atMs = 0;
        let [sawNeutral, isFresh, quietSinceMs] = [false, true, 0];
        const pass = (untilMs: number): void => {
          while (atMs < untilMs) {
            atMs = Math.min(untilMs, atMs + 25, Math.max(atMs + 1, nextTickMs(state) ?? untilMs));
            const before = state.watchdog.phase;
            state = stepDrive(state, { type: "turn", atMs }).state;
            sawNeutral &&= before === state.watchdog.phase;
          }
        };
        for (const { afterMs, what } of steps) {
          if (what === "asleep") {
            atMs += afterMs;
            continue;
          }
          pass(atMs + afterMs);
          const wasMoving = readOutput(state).throttle !== 0;
          const phase = state.watchdog.phase;
          if (what === "block" || what === "unblock") {
            state = stepDrive(state, { type: "blocked", causes: what === "block" ? ["video-stale"] : [], atMs }).state;
            sawNeutral &&= what !== "block";
            quietSinceMs = atMs;
          } else {
            const json =
              what === "stop" ? {} : { throttle: what === "ahead" || what === "retained" ? 0.5 : 0, steer: 0, clearStop: what === "clear" };
            const message = { json, retained: what === "retained", atMs };
            state = stepDrive(state, { type: "message", channel: what === "stop" ? "estop" : "cmd", message }).state;
          }
          const isMoving = readOutput(state).throttle !== 0;
          if (isMoving && !wasMoving) {
            const isAlone = isFresh && atMs - quietSinceMs >= aloneMs;
            expect(what).toBe("ahead");
            expect(sawNeutral || isAlone, `at ${atMs}`).toBe(true);
            began[sawNeutral ? "afterNeutral" : "alone"] += 1;
          }
          const isNeutral = (what === "neutral" || what === "clear") && state.refused === null;
          sawNeutral = state.watchdog.phase === "armed" && (sawNeutral || isNeutral || (isMoving && phase !== "armed"));
          isFresh &&= what !== "stop" && state.watchdog.phase !== "armed";
          quietSinceMs = what === "stop" ? quietSinceMs : atMs;
        }
      }),
      { numRuns: 1000 },
    );
    expect(began.alone).toBeGreaterThan(50);
    expect(began.afterNeutral).toBeGreaterThan(50);
  });
});
