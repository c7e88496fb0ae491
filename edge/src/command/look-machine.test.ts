import { array, assert, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { aimLook, centreLook, holdLook, lookLimits, nextTurnMs, turnLook } from "./look-machine.ts";

const range = { panMin: -90, panMax: 90, tiltMin: -35, tiltMax: 65 };

describe("the camera's turn", () => {
  it("begins straight ahead, or as near to it as the range allows", () => {
    expect(centreLook(range).at).toEqual({ pan: 0, tilt: 0 });
    expect(centreLook({ ...range, tiltMin: 10 }).at).toEqual({ pan: 0, tilt: 10 });
  });

  it("goes step by step to where it was sent, within the range", () => {
    let look = turnLook(aimLook(centreLook(range), { pan: 7, tilt: -500 }, range), 5000);
    expect(look.at.pan).toBeCloseTo(3.6, 9);
    expect(look.at.tilt).toBeCloseTo(-3.6, 9);
    for (let dueMs = nextTurnMs(look); dueMs !== null; dueMs = nextTurnMs(look)) {
      look = turnLook(look, dueMs);
    }
    expect(look.at).toEqual({ pan: 7, tilt: -35 });
  });

  it("can be held on its way", () => {
    const look = turnLook(aimLook(centreLook(range), { pan: 90, tilt: 0 }, range), 5000);
    const holding = holdLook(look);
    expect(nextTurnMs(holding)).toBeNull();
    expect(turnLook(holding, 6000).at).toEqual(look.at);
  });

  it("never leaves its range and never turns faster than a step at a time", async () => {
    const aim = record({ afterMs: integer({ min: 0, max: 300 }), pan: double({ noNaN: true }), tilt: double({ noNaN: true }) });
    const mostDegrees = (lookLimits.stepMs / 1000) * lookLimits.degreesPerS + 1e-9;
    await assert(
      property(array(aim, { maxLength: 40 }), (aims) => {
        let look = centreLook(range);
        let atMs = 0;
        for (const { afterMs, pan, tilt } of aims) {
          atMs += afterMs;
          const before = look.at;
          look = turnLook(aimLook(look, { pan, tilt }, range), atMs);
          expect(Math.abs(look.at.pan - before.pan)).toBeLessThanOrEqual(mostDegrees);
          expect(Math.abs(look.at.tilt - before.tilt)).toBeLessThanOrEqual(mostDegrees);
          expect(Math.abs(look.at.pan)).toBeLessThanOrEqual(90);
          expect(look.at.tilt >= -35 && look.at.tilt <= 65).toBe(true);
        }
      }),
    );
  });
});
