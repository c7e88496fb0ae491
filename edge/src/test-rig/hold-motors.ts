import { silentLog, systemClock } from "@helmcast/runtime";
import { MotorProcess } from "../motors/motor-process.ts";

/** Stands for an agent that can be killed: holds the simulated car whose log is named by the argument, and drives it at 20 Hz. */
const logFile = process.argv[2] ?? "";
const settings = { type: "simulated", acceptBare: true, maxThrottle: 1, videoWatch: true, logFile } as const;
const motors = new MotorProcess({ settings, clock: systemClock, random: Math.random, log: silentLog(), onLost: () => undefined });
await motors.start();
while (!motors.standby) {
  await new Promise((done) => setTimeout(done, 20));
}
motors.apply({ throttle: 0, steer: 0 });
setInterval(() => motors.apply({ throttle: 0.4, steer: 0 }), 50);
