import { execFile, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { waitFor } from "../contract/rig/wait.ts";
import { type CarEntry, readCarLog } from "./rig/car-log.ts";
import { type Course, openCourse } from "./rig/course.ts";
import { findMosquitto } from "./rig/find-mosquitto.ts";

/** Neither a stick nor a held key: the vehicle has heard nothing for longer than any of those would be silent, ms. */
const quietMs = 2500;

const hasClient = spawnSync("mosquitto_pub", ["--help"]).error === undefined;
const brokers = findMosquitto() === null ? (["embedded"] as const) : (["embedded", "mosquitto"] as const);

describe.skipIf(!hasClient).each(brokers)("the first seed's one line, behind the %s broker", (broker) => {
  const opened: Course[] = [];
  afterEach(async () => void (await Promise.all(opened.splice(0).map((course) => course.stop()))));

  it("moves a fresh vehicle for as long as one command lasts", { timeout: 60_000 }, async () => {
    const course = await openCourse(broker);
    opened.push(course);
    const { relay, driver, admin, vehicle } = course;
    await waitFor("the vehicle to wait for its first command", () => admin.telemetry?.cause === "start", 30_000);
    await sleep(quietMs);
    const access = ["-h", "127.0.0.1", "-p", String(relay.ports.mqtt), "-u", "driver", "-P", course.token()];
    const line = ["-t", "demo/picarx/cmd", "-m", '{"throttle":0.3,"steer":0}'];
    await promisify(execFile)("mosquitto_pub", [...access, ...line]);
    const log = await waitFor("the car to drive and stand again", () => {
      const entries = readCarLog(vehicle.logFile);
      return entries.some(({ throttle }) => throttle === 0.3) && entries.at(-1)?.throttle === 0 ? entries : null;
    });
    expect(countMovedMs(log)).toBeGreaterThan(200);
    expect(countMovedMs(log)).toBeLessThan(400);

    // Silence has stopped it now, so a second one wants neutral first, and a driver is what it was before.
    await sleep(quietMs);
    await promisify(execFile)("mosquitto_pub", [...access, ...line]);
    await waitFor("the vehicle to say why it stands", () => admin.telemetry?.refused === "neutral-first");
    expect(readCarLog(vehicle.logFile)).toHaveLength(log.length);
    await driver.engage(0.5);
  });
});

/** From the first line with throttle to the next without any. */
function countMovedMs(log: readonly CarEntry[]): number {
  const first = log.findIndex(({ throttle }) => throttle !== 0);
  const end = log.find((entry, index) => index > first && entry.throttle === 0);
  return (end?.atMs ?? Number.NaN) - (log[first]?.atMs ?? Number.NaN);
}
