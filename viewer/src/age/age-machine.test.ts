import { describe, expect, it } from "vitest";
import { type AgeState, addStamp, ageLimits, ageNow, noAge, readAge, summarizeAges } from "./age-machine.ts";

const exact = { offsetMs: 0, boundMs: 2 };

/** `count` good readings, 40 ms apart, of pictures that are `ageMs` old on a device that is `aheadMs` ahead. */
function read(count: number, ageMs: number, aheadMs = 0, from: AgeState = noAge, fromMs = 100_000): AgeState {
  let state = from;
  for (let index = 0; index < count; index++) {
    const paintedWallMs = fromMs + index * 40;
    state = addStamp(state, { captureMs: paintedWallMs - ageMs + aheadMs, paintedWallMs }, { offsetMs: aheadMs, boundMs: 2 });
  }
  return state;
}

describe("the picture's age", () => {
  it("is believed after several good readings in a row", () => {
    expect(readAge(read(ageLimits.goodInARow - 1, 48), exact)).toBeNull();
    expect(readAge(read(ageLimits.goodInARow, 48), exact)).toEqual({ ageMs: 48, boundMs: 2 });
  });

  it("is unknown without a clock offset, and never guessed", () => {
    expect(readAge(read(10, 48), null)).toBeNull();
  });

  it.each([-60_000, 5, 3_600_000])("takes the device's clock %d ms ahead into account", (aheadMs) => {
    expect(readAge(read(5, 380, aheadMs), { offsetMs: aheadMs, boundMs: 9 })).toEqual({ ageMs: 380, boundMs: 9 });
  });

  it("is unknown when the strip is gone, but one smeared reading changes nothing", () => {
    let state = read(5, 48);
    const bad = { captureMs: null, paintedWallMs: 101_000 };
    state = addStamp(state, bad, exact);
    expect(readAge(state, exact)?.ageMs).toBe(48);
    for (let index = 1; index < ageLimits.badInARow; index++) {
      state = addStamp(state, bad, exact);
    }
    expect(readAge(state, exact)).toBeNull();
  });

  it("begins anew when the strip's clock jumps", () => {
    const before = read(5, 48);
    const jumped = addStamp(before, { captureMs: 900_000, paintedWallMs: 100_240 }, exact);
    expect(readAge(jumped, exact)).toBeNull();
  });

  it("is unknown when it would be negative beyond the clocks' error, and zero within it", () => {
    expect(readAge(read(5, -10), exact)?.ageMs).toBe(0);
    expect(readAge(read(5, -100), exact)).toBeNull();
  });

  it("grows while the picture stands", () => {
    expect(ageNow({ ageMs: 50, boundMs: 1 }, 33)?.ageMs).toBe(50);
    expect(ageNow({ ageMs: 50, boundMs: 1 }, 900)?.ageMs).toBe(950);
    expect(ageNow(null, 900)).toBeNull();
  });
});

describe("the chart's history", () => {
  it("holds a minute of four a second, whatever the frame rate", () => {
    const state = read(5000, 48);
    expect(state.historyMs).toHaveLength(ageLimits.maxHistory);
    expect(read(50, 48).historyMs.length).toBeLessThanOrEqual(9);
  });

  it("is summed up by smallest, median and largest", () => {
    expect(summarizeAges([50, 40, 90])).toEqual({ minMs: 40, medianMs: 50, maxMs: 90 });
    expect(summarizeAges([])).toBeNull();
  });
});
