import type { DriveCommand } from "../command/accept-command.ts";
import type { Motors } from "./motors.ts";

/** Where the simulated car is: metres, radians, metres per second. */
export type CarPose = { readonly x: number; readonly y: number; readonly heading: number; readonly speed: number };

/** Full throttle, wheelbase and full lock of a small model car: 0.5 m/s, 95 mm, 30 degrees. */
const fullSpeedMps = 0.5;
const wheelbaseM = 0.095;
const fullLockRad = Math.PI / 6;

/** Moves a car for `dtMs` by the kinematic bicycle model: the speed follows the throttle at once, because it is the stop that is proven. */
export function moveCar(pose: CarPose, output: DriveCommand, dtMs: number): CarPose {
  const speed = output.throttle * fullSpeedMps;
  const distance = (speed * Math.max(0, dtMs)) / 1000;
  const heading = pose.heading + (distance * Math.tan(output.steer * fullLockRad)) / wheelbaseM;
  return { x: pose.x + distance * Math.cos(heading), y: pose.y + distance * Math.sin(heading), heading, speed };
}

/** One line of the car's log: monotonic time, what the motors do from then on, and where the car is. */
export type CarLogEntry = { readonly atMs: number; readonly throttle: number; readonly steer: number; readonly pose: CarPose };

/** Motors that move a car on paper only. `write` gets an entry whenever throttle or steer change, so stops can be timed afterwards. */
export function createSimulatedMotors(write: (entry: CarLogEntry) => void): Motors {
  let pose: CarPose = { x: 0, y: 0, heading: 0, speed: 0 };
  let output: DriveCommand = { throttle: 0, steer: 0 };
  let sinceMs: number | null = null;
  const apply = (next: DriveCommand, nowMs: number): void => {
    pose = moveCar(pose, output, sinceMs === null ? 0 : nowMs - sinceMs);
    const changed = sinceMs === null || next.throttle !== output.throttle || next.steer !== output.steer;
    sinceMs = nowMs;
    output = next;
    if (changed) {
      write({ atMs: nowMs, ...next, pose });
    }
  };
  return { apply, close: (nowMs) => apply({ throttle: 0, steer: 0 }, nowMs) };
}
