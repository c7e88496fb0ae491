import type { MotorSettings } from "@helmcast/config/load";
import { type CarLog, openCarLog, readLastEntry } from "../car-log.ts";
import { type MotorOutput, neutralOutput, type PreparedMotors } from "../motors.ts";
import { type CarPose, continueCar, moveCar } from "../simulated.ts";

const home: CarPose = { x: 0, y: 0, heading: 0, speed: 0 };

/** Motors that move a car on paper only. The log gets an entry whenever an output changes, so stops can be timed afterwards. */
export function prepareSimulatedCar(settings: Extract<MotorSettings, { type: "simulated" }>, nowMs: () => number): PreparedMotors {
  const path = settings.logFile ?? null;
  return {
    async open() {
      const last = path === null ? null : readLastEntry(path);
      const atMs = nowMs();
      // Monotonic times start anew with the machine: a later one is of an earlier life and only its place counts.
      const pose = last === null ? home : last.atMs > atMs ? last.pose : continueCar(last, atMs);
      return createCar(openCarLog(path), { ...pose, speed: 0 }, { ...(last ?? neutralOutput), throttle: 0, steer: 0 }, atMs);
    },
    programGroup: () => null,
    discard: () => Promise.resolve(),
  };
}

function createCar(log: CarLog, from: CarPose, first: MotorOutput, fromMs: number) {
  let pose = from;
  let output: MotorOutput = { throttle: first.throttle, steer: first.steer, pan: first.pan, tilt: first.tilt };
  let sinceMs = fromMs;
  log.write({ atMs: sinceMs, ...output, pose });
  const apply = (next: MotorOutput, nowMs: number): void => {
    const { throttle, steer, pan, tilt } = next;
    if (throttle === output.throttle && steer === output.steer && pan === output.pan && tilt === output.tilt) {
      return;
    }
    pose = { ...moveCar(pose, output, nowMs - sinceMs), speed: moveCar(pose, next, 0).speed };
    sinceMs = nowMs;
    output = { throttle, steer, pan, tilt };
    log.write({ atMs: nowMs, ...output, pose });
  };
  return {
    apply,
    close(nowMs: number) {
      apply({ ...output, throttle: 0, steer: 0 }, nowMs);
      log.close();
      return Promise.resolve();
    },
  };
}
