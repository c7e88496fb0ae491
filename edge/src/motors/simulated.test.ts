import { describe, expect, it } from "vitest";
import { type CarPose, continueCar, moveCar } from "./simulated.ts";

const start: CarPose = { x: 0, y: 0, heading: 0, speed: 0 };

describe("moveCar", () => {
  it("drives straight, to the right with the steering over, and stands without throttle", () => {
    expect(moveCar(start, { throttle: 1, steer: 0 }, 2000)).toEqual({ x: 1, y: 0, heading: 0, speed: 0.5 });
    expect(moveCar(start, { throttle: 1, steer: 1 }, 100)).toMatchObject({
      y: expect.closeTo(0.0075, 3),
      heading: expect.closeTo(0.304, 2),
    });
    expect(moveCar(start, { throttle: 0, steer: 1 }, 1000)).toEqual(start);
    expect(moveCar(start, { throttle: -1, steer: 0 }, 1000).x).toBe(-0.5);
  });

  it("comes to the same place in one step and in a hundred", () => {
    const output = { throttle: 0.7, steer: -0.6 };
    const once = moveCar(start, output, 3000);
    let pose = start;
    for (let step = 0; step < 100; step++) {
      pose = moveCar(pose, output, 30);
    }
    expect(pose.x).toBeCloseTo(once.x, 9);
    expect(pose.y).toBeCloseTo(once.y, 9);
    expect(pose.heading).toBeCloseTo(once.heading, 9);
  });

  it("goes on turning its wheels after the last line", () => {
    const entry = { atMs: 1000, throttle: 0.5, steer: 0, pan: 0, tilt: 0, pose: start };
    expect(continueCar(entry, 3000).x).toBeCloseTo(0.5, 9);
    expect(continueCar(entry, 900).x).toBe(0);
  });
});
