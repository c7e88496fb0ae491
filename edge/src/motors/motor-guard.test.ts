import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { MotorGuard } from "./motor-guard.ts";
import type { MotorOutput } from "./motors.ts";

function setUp(clock = new FakeClock()) {
  const applied: MotorOutput[] = [];
  let closed = 0;
  const guard = new MotorGuard(
    {
      apply: (output) => applied.push(output),
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    },
    clock,
  );
  const say = (throttle: unknown, ageMs = 0, rest: Partial<MotorOutput> = {}) =>
    guard.take(JSON.stringify({ atMs: clock.monotonicMs() - ageMs, throttle, steer: 0, ...rest }));
  return { clock, guard, say, last: () => applied.at(-1), throttle: () => applied.at(-1)?.throttle, closed: () => closed };
}

describe("MotorGuard", () => {
  it("wants neutral before throttle", () => {
    const { say, throttle } = setUp();
    say(0.5);
    expect(throttle()).toBe(0);
    say(0);
    say(0.5);
    expect(throttle()).toBe(0.5);
  });

  it("takes the throttle off after 250 ms without a line, straightens after 500 ms, and then wants neutral again", async () => {
    const { clock, say, throttle, last } = setUp();
    say(0);
    say(0.5, 0, { steer: 0.4 });
    await clock.advance(249);
    expect(last()).toMatchObject({ throttle: 0.5, steer: 0.4 });
    await clock.advance(1);
    expect(last()).toMatchObject({ throttle: 0, steer: 0.4 });
    await clock.advance(249);
    expect(last()).toMatchObject({ throttle: 0, steer: 0.4 });
    await clock.advance(1);
    expect(last()).toMatchObject({ throttle: 0, steer: 0 });
    say(0.5);
    expect(throttle()).toBe(0);
    say(0);
    say(0.5);
    expect(throttle()).toBe(0.5);
  });

  it("lets a vehicle that stood through a silence move at once, because nothing was stopped", async () => {
    const { clock, say, throttle } = setUp();
    say(0);
    await clock.advance(5000);
    say(0.5);
    expect(throttle()).toBe(0.5);
  });

  it("wants neutral after a silence also when its own timer is late, as after a halt of the process", () => {
    const late = new (class extends FakeClock {
      nowMs = 0;
      override monotonicMs(): number {
        return this.nowMs;
      }
    })();
    const { say, throttle } = setUp(late);
    say(0);
    say(0.5);
    late.nowMs = 249;
    say(0.5);
    expect(throttle()).toBe(0.5);
    late.nowMs = 499;
    say(0.5);
    expect(throttle()).toBe(0);
    say(0);
    say(0.5);
    expect(throttle()).toBe(0.5);
  });

  it("keeps the camera's direction when it is left out, and over a stop", async () => {
    const { clock, say, last } = setUp();
    say(0, 0, { pan: 30, tilt: -10 });
    say(0.5);
    expect(last()).toEqual({ throttle: 0.5, steer: 0, pan: 30, tilt: -10 });
    await clock.advance(500);
    expect(last()).toEqual({ throttle: 0, steer: 0, pan: 30, tilt: -10 });
  });

  it.each([["fast"], [Number.NaN], [2], [undefined]])("stops for throttle %s", (wrong) => {
    const { say, throttle } = setUp();
    say(0);
    say(0.5);
    say(wrong);
    expect(throttle()).toBe(0);
  });

  it("stops for a line that waited in the pipe", () => {
    const { say, throttle } = setUp();
    say(0);
    say(0.5);
    say(0.6, 251);
    expect(throttle()).toBe(0);
  });

  it("stops for a line that is no JSON, and takes nothing after the end", () => {
    const { guard, say, throttle, closed } = setUp();
    say(0);
    say(0.5);
    guard.take("{");
    expect(throttle()).toBe(0);
    void guard.close();
    void guard.close();
    say(0);
    say(0.5);
    expect(throttle()).toBe(0);
    expect(closed()).toBe(1);
  });
});
