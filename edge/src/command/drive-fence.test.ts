import { array, assert, boolean, constantFrom, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { beginDrive, type DriveState, nextTickMs, readOutput, stepDrive } from "./drive-machine.ts";

/** What the gateway says of the lease. Numbers only grow; older ones may be said again by a message that was late. */
type Word = "none" | "next" | "end" | "renew" | "late";

/** One message from anybody: `slip` leases before, or after, the one that the gateway gave last; null: without an envelope. */
type Step = {
  readonly afterMs: number;
  readonly slip: number | null;
  readonly throttle: number;
  readonly knowsStamp: boolean;
  readonly knowsOrder: boolean;
  readonly frameAgeMs: number;
  readonly word: Word;
};

const step = record<Step>({
  afterMs: integer({ min: 0, max: 90 }),
  slip: constantFrom(0, 0, 0, 0, 0, 0, -1, -2, 1, null),
  throttle: constantFrom(0, 0, 0.4, -0.7, 1),
  knowsStamp: constantFrom(true, true, true, false),
  knowsOrder: constantFrom(true, true, true, false),
  frameAgeMs: constantFrom(50, 50, 50, 900),
  word: constantFrom<Word>("none", "none", "none", "none", "none", "none", "renew", "next", "end", "late"),
});

/** Each command's steering is its own, so that an output names the command that it obeys. */
const markOf = (index: number): number => 0.1 + index / 1000;

describe("whoever sends what, with whatever number", () => {
  it("only commands under the number in force reach the motors, or count as obeyed", async () => {
    let obeyed = 0;
    let refusedOld = 0;
    await assert(
      property(
        array(step, { minLength: 20, maxLength: 120 }),
        boolean(),
        double({ min: 0.1, max: 1, noNaN: true }),
        (steps, acceptBare, cap) => {
          let state = beginDrive({ acceptBare, maxThrottle: cap, look: null }, 1000);
          let atMs = 1000;
          let newest = 1;
          const leaseOf = new Map<number, number | null>();
          const say = (channel: "cmd" | "lease", json: object): DriveState => {
            state = stepDrive(state, { type: "message", channel, message: { json, retained: false, atMs } }).state;
            return state;
          };
          const ended = new Set<number | null>();
          let held: number | null = null;
          const check = (): void => {
            const inForce = state.lease.inForce?.lease ?? null;
            if (inForce !== held) {
              expect(ended.has(inForce), "a number that ended comes back").toBe(false);
              ended.add(held ?? Number.NaN);
              held = inForce;
            }
            const { throttle, steer } = readOutput(state);
            if (steer === 0) {
              expect(throttle, "throttle names its command").toBe(0);
              return;
            }
            const index = Math.round((steer - 0.1) * 1000);
            expect(leaseOf.get(index)).toBe(inForce);
          };
          const pass = (untilMs: number): void => {
            while (atMs < untilMs) {
              atMs = Math.min(untilMs, Math.max(atMs + 1, nextTickMs(state) ?? untilMs), atMs + 25);
              state = stepDrive(state, { type: "turn", atMs }).state;
              check();
            }
          };
          const tellLease = (lease: number | null): void => {
            say("lease", { v: 1, kind: "lease", lease, holder: lease === null ? null : "ada", ttlMs: 3000 });
            check();
          };
          tellLease(newest);
          for (const [index, each] of steps.entries()) {
            pass(atMs + each.afterMs);
            newest += each.word === "next" ? 1 : 0;
            if (each.word !== "none") {
              tellLease(each.word === "end" ? null : each.word === "late" ? newest - 1 : newest);
            }
            const lease = each.slip === null ? null : newest + each.slip;
            leaseOf.set(index, lease);
            const inForce = state.lease.inForce?.lease ?? null;
            const bare = { throttle: each.throttle, steer: markOf(index) };
            const envelope = { v: 1, lease, seq: each.knowsOrder ? index : 0, echo: each.knowsStamp ? atMs - 40 : atMs - 900 };
            say("cmd", lease === null ? bare : { ...bare, ...envelope, frameAgeMs: each.frameAgeMs });
            check();
            if (state.refused === null) {
              expect(lease).toBe(inForce);
              obeyed += 1;
            } else {
              expect(readOutput(state).steer).not.toBe(markOf(index));
              refusedOld += lease !== null && lease !== inForce ? 1 : 0;
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(obeyed).toBeGreaterThan(1000);
    expect(refusedOld).toBeGreaterThan(1000);
  });
});
