import { FakeClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import type { DriveCommand } from "../command/accept-command.ts";
import { MotorGuard } from "./motor-guard.ts";
import { moveCar } from "./simulated.ts";

function setUp(clock = new FakeClock()) {
  const applied: DriveCommand[] = [];
  let closed = 0;
  const guard = new MotorGuard(
    {
      apply: (output) => applied.push(output),
      close: () => {
        closed += 1;
      },
    },
    clock,
  );
  const say = (throttle: unknown, ageMs = 0) => guard.take(JSON.stringify({ atMs: clock.monotonicMs() - ageMs, throttle, steer: 0 }));
  return { clock, guard, say, throttle: () => applied.at(-1)?.throttle, closed: () => closed };
}

describe("MotorGuard", () => {
  it("begins in neutral and wants neutral before throttle", () => {
    const { say, throttle } = setUp();
    expect(throttle()).toBe(0);
    say(0.5);
    expect(throttle()).toBe(0);
    say(0);
    say(0.5);
    expect(throttle()).toBe(0.5);
  });

  it("stops by itself after 500 ms without a line, and then wants neutral again", async () => {
    const { clock, say, throttle } = setUp();
    say(0);
    say(0.5);
    await clock.advance(499);
    expect(throttle()).toBe(0.5);
    await clock.advance(1);
    expect(throttle()).toBe(0);
    say(0.5);
    expect(throttle()).toBe(0);
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
    late.nowMs = 499;
    say(0.5);
    expect(throttle()).toBe(0.5);
    late.nowMs = 999;
    say(0.5);
    expect(throttle()).toBe(0);
    say(0);
    say(0.5);
    expect(throttle()).toBe(0.5);
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
    guard.close();
    guard.close();
    say(0);
    say(0.5);
    expect(throttle()).toBe(0);
    expect(closed()).toBe(1);
  });
});

describe("moveCar", () => {
  it("drives straight, and in a circle with the steering over", () => {
    const start = { x: 0, y: 0, heading: 0, speed: 0 };
    expect(moveCar(start, { throttle: 1, steer: 0 }, 2000)).toEqual({ x: 1, y: 0, heading: 0, speed: 0.5 });
    expect(moveCar(start, { throttle: 1, steer: 1 }, 100).heading).toBeGreaterThan(0);
    expect(moveCar(start, { throttle: 0, steer: 1 }, 1000)).toEqual(start);
  });
});
