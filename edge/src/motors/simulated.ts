import type { MotorOutput } from "./motors.ts";

/** Where the simulated car is: metres, radians, metres per second. `y` and heading grow to the right, as the steering does. */
export type CarPose = { readonly x: number; readonly y: number; readonly heading: number; readonly speed: number };

/** Full throttle, wheelbase and full lock of a small model car: 0.5 m/s, 95 mm, 30 degrees. */
const fullSpeedMps = 0.5;
const wheelbaseM = 0.095;
const fullLockRad = Math.PI / 6;

/** Curvature below which a path counts as straight, 1/m: a radius of a kilometre. */
const straightPerM = 0.001;

/**
 * Moves a car for `dtMs` by the kinematic bicycle model, along the exact arc, so that it does not matter in how many steps the time is told.
 * The speed follows the throttle at once, because it is the stop that is proven.
 */
export function moveCar(pose: CarPose, output: Pick<MotorOutput, "throttle" | "steer">, dtMs: number): CarPose {
  const speed = output.throttle * fullSpeedMps;
  const distance = (speed * Math.max(0, dtMs)) / 1000;
  const curvature = Math.tan(output.steer * fullLockRad) / wheelbaseM;
  if (Math.abs(curvature) < straightPerM) {
    return { x: pose.x + distance * Math.cos(pose.heading), y: pose.y + distance * Math.sin(pose.heading), heading: pose.heading, speed };
  }
  const heading = pose.heading + distance * curvature;
  const x = pose.x + (Math.sin(heading) - Math.sin(pose.heading)) / curvature;
  const y = pose.y - (Math.cos(heading) - Math.cos(pose.heading)) / curvature;
  return { x, y, heading, speed };
}

/** One line of the car's log: monotonic time, what the motors do from then on, and where the car is. The last line is what the wheels do. */
export type CarLogEntry = MotorOutput & { readonly atMs: number; readonly pose: CarPose };

/** Where the car of the last line is by now: its wheels turn until another line says otherwise, as real ones do. */
export function continueCar(entry: CarLogEntry, nowMs: number): CarPose {
  return moveCar(entry.pose, entry, nowMs - entry.atMs);
}
