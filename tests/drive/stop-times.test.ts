import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Course, openCourse, timeFault, untilReady } from "./rig/course.ts";
import { bounds, faults, intrude, outsideBrokerFaults } from "./rig/faults.ts";
import { findMosquitto } from "./rig/find-mosquitto.ts";

/** When a fault comes within the rhythm of commands is chance, so each comes several times; the bench does it twenty times. */
const runs = 3;
/** What a machine with other work may add, ms: this is a test of the rules, the bench measures. */
const slackMs = 150;

const kinds = [
  { broker: "embedded", faults },
  ...(findMosquitto() === null ? [] : [{ broker: "mosquitto", faults: outsideBrokerFaults } as const]),
] as const;

describe.each(kinds)("behind the $broker broker, a vehicle", ({ broker, faults: wanted }) => {
  const opened: Course[] = [];
  const course = (): Course => {
    const [first] = opened;
    if (first === undefined) {
      throw new Error("the course is not open");
    }
    return first;
  };
  beforeAll(async () => {
    opened.push(await openCourse(broker));
    await untilReady(course());
  });
  afterAll(async () => void (await Promise.all(opened.map((each) => each.stop()))));

  it.each(wanted)("stops in time: $name", { timeout: 60_000 }, async (fault) => {
    for (let run = 0; run < runs; run++) {
      const { softMs, hardMs } = await timeFault(course(), fault);
      expect(softMs, `throttle 0 after ${fault.name}`).toBeLessThanOrEqual(bounds.softMs + slackMs);
      expect(hardMs, `neutral after ${fault.name}`).toBeLessThanOrEqual(bounds.hardMs + slackMs);
    }
  });

  it("is not moved by a second driver, who knows even the number of the lease", async () => {
    expect(await intrude(course())).toEqual({ moved: [], taken: false, kept: true });
  });
});
