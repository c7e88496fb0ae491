import { array, assert, integer, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { type LeaseState, noLease, stepLease } from "./lease-machine.ts";

function say(state: LeaseState, lease: number | null, atMs: number, ttlMs = 3000): LeaseState {
  return stepLease(state, { type: "message", message: { lease, holder: lease === null ? null : "ada", ttlMs }, atMs });
}

const held: LeaseState = { highest: 7, inForce: { lease: 7, holder: "ada", untilMs: 3000 } };
const ended: LeaseState = { highest: 7, inForce: null };

describe("stepLease", () => {
  it.each<[string, LeaseState, number | null, number, number | null, number]>([
    ["nothing + a number", noLease, 7, 0, 7, 7],
    ["in force + the same", held, 7, 2000, 7, 7],
    ["in force + a higher one", held, 9, 2000, 9, 9],
    ["in force + a lower one", held, 6, 2000, 7, 7],
    ["in force + nobody", held, null, 2000, null, 7],
    ["in force + the same, too late", held, 7, 3000, null, 7],
    ["ended + the same", ended, 7, 2000, null, 7],
    ["ended + a lower one", ended, 6, 2000, null, 7],
    ["ended + a higher one", ended, 8, 2000, 8, 8],
    ["ended + nobody", ended, null, 2000, null, 7],
  ])("%s", (_what, from, lease, atMs, inForce, highest) => {
    const next = say(from, lease, atMs);
    expect(next.inForce?.lease ?? null).toBe(inForce);
    expect(next.highest).toBe(highest);
  });

  it("ends by this device's own clock, and is renewed from the moment of the renewal", () => {
    expect(stepLease(held, { type: "tick", atMs: 2999 })).toBe(held);
    expect(stepLease(held, { type: "tick", atMs: 3000 })).toEqual(ended);
    expect(say(held, 7, 2000).inForce?.untilMs).toBe(5000);
    expect(say(noLease, 5, 100, 0)).toEqual({ highest: 5, inForce: null });
  });

  it("never lets a number come back, in whatever order, delay or number of copies messages arrive", async () => {
    const event = oneof(
      record({ afterMs: integer({ min: 0, max: 4000 }), lease: integer({ min: 1, max: 6 }) }),
      record({ afterMs: integer({ min: 0, max: 4000 }) }),
    );
    await assert(
      property(array(event, { maxLength: 60 }), (events) => {
        let state = noLease;
        let atMs = 0;
        const gone = new Set<number>();
        for (const each of events) {
          atMs += each.afterMs;
          const before = state.inForce?.lease;
          state = "lease" in each ? say(state, each.lease, atMs) : say(state, null, atMs);
          const after = state.inForce?.lease;
          if (before !== undefined && before !== after) {
            gone.add(before);
          }
          expect(after === undefined || !gone.has(after)).toBe(true);
          expect(after === undefined || after === state.highest).toBe(true);
        }
      }),
    );
  });
});
