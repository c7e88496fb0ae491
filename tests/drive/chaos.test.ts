import { setTimeout as sleep } from "node:timers/promises";
import { driveLimits } from "@helmcast/config";
import { afterEach, describe, expect, it } from "vitest";
import { type Chance, createChance } from "../security/rig/random.ts";
import { machineMs, readCarLog } from "./rig/car-log.ts";
import { type Course, openCourse, untilReady } from "./rig/course.ts";
import type { Delay } from "./rig/cut-proxy.ts";
import type { Driver } from "./rig/driver.ts";
import { judgeLog, softMs } from "./rig/judge-log.ts";

/** How long the weather lasts, ms. */
const stormMs = 15_000;
/** From one change of the driver to the next, ms. */
const turnsMs = 2500;

/** Delays as a bad radio link has them: mostly some tens of ms, now and then nothing for a while and then all at once. */
function makeWeather(chance: Chance): Delay {
  let stallUntilMs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs > stallUntilMs && chance.hit(0.01)) {
      stallUntilMs = nowMs + 150 + chance.whole(900);
    }
    return Math.max(0, stallUntilMs - nowMs) + chance.whole(60);
  };
}

/** Drives in short bursts. Every command has a steering of its own, which the car's log repeats, so that each line names its command. */
function driveWildly(driver: Driver, chance: Chance, mark: () => number): void {
  let count = 0;
  driver.readStick = () => {
    count += 1;
    // Neutral now and then: after each stop the vehicle wants it before it moves.
    return { throttle: count % 16 < 4 ? 0 : (chance.hit(0.5) ? 1 : -1) * (0.2 + chance.next() * 0.8), steer: mark() };
  };
}

describe("through bad weather between broker and vehicle", () => {
  const opened: Course[] = [];
  afterEach(async () => void (await Promise.all(opened.splice(0).map((course) => course.stop()))));

  it("no throttle outlives its command, and none comes from an old lease", { timeout: 60_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const chance = createChance(seed);
    let calm = true;
    const weather = makeWeather(chance);
    const course = await openCourse("embedded", () => (calm ? 0 : weather()));
    opened.push(course);
    await untilReady(course);
    const { driver, admin, uplink, vehicle } = course;
    let marks = 0;
    const mark = (): number => {
      marks += 1;
      return Number((0.1 + marks * 1e-5).toFixed(5));
    };
    driveWildly(driver, chance, mark);
    driveWildly(admin, chance, mark);
    const beganMs = machineMs();
    calm = false;
    // Who lost the lease goes on sending with its number, as somebody who has not heard of it.
    for (let turn = 0; machineMs() - beganMs < stormMs; turn++) {
      const next = turn % 2 === 0 ? admin : driver;
      await next.take("seize");
      next.awake = true;
      await sleep(turnsMs);
      if (turn === 2) {
        uplink.cut();
      }
    }
    driver.awake = false;
    admin.awake = false;
    await sleep(1500);
    const log = readCarLog(vehicle.logFile).filter((entry) => entry.atMs > beganMs + driveLimits.maxLoopMs + softMs);
    const story = judgeLog(log, [...driver.sent, ...admin.sent]);
    expect({ seed, faults: story.faults }).toEqual({ seed, faults: [] });
    expect(log.at(-1)).toMatchObject({ throttle: 0, steer: 0 });
    // The weather let enough through to have something to judge.
    expect(story.leases).toBeGreaterThan(2);
    expect(story.driven).toBeGreaterThan(50);
  });
});
