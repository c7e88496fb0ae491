import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { blackBoxLimits, routes, stopCauses } from "@helmcast/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { waitFor } from "../contract/rig/wait.ts";
import { type CarEntry, readCarLog } from "./rig/car-log.ts";
import { type Course, openCourse, untilReady } from "./rig/course.ts";
import { productNode, programPath } from "./rig/relay-process.ts";
import { device } from "./rig/vehicle.ts";

/** What `replay FILE --json` prints, as far as it is looked at. */
const replaySchema = z.object({
  same: z.boolean(),
  steps: z.number(),
  stops: z.array(z.object({ cause: z.enum(stopCauses) })),
  car: z.array(z.object({ atMs: z.number(), throttle: z.number(), steer: z.number() })),
});

let folder = "";
let course: Course | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-incident-"));
  course = await openCourse();
  await untilReady(course);
});
afterAll(async () => {
  await course?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the wheels did, without times and without saying the same twice. */
function shapeOf(entries: readonly CarEntry[]): readonly string[] {
  return entries.map(({ throttle, steer }) => `${throttle}/${steer}`).filter((each, index, all) => each !== all[index - 1]);
}

/**
 * What the wheels did and the replay did not do at that place. The replay may do more: before the motors are held, and when two outputs come at once, wheels
 * miss some.
 */
function findUnexplained(driven: readonly string[], replayed: readonly string[]): readonly string[] {
  let at = -1;
  return driven.filter((each) => {
    const next = replayed.indexOf(each, at + 1);
    at = next < 0 ? at : next;
    return next < 0;
  });
}

async function fetchBlackBox({ relay, token }: Course): Promise<Buffer> {
  const reply = await fetch(`${relay.url}${routes.devices}/${device}/black-box`, {
    headers: { authorization: `Bearer ${token()}` },
    signal: AbortSignal.timeout(2 * blackBoxLimits.answerMs),
  });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/gzip"]);
  return Buffer.from(await reply.arrayBuffer());
}

describe("an incident", () => {
  it("is fetched from the gateway, and replayed by the documented command to the same decisions and the same way of the wheels", async () => {
    if (course === null) {
      throw new Error("the course is not open");
    }
    const { driver, vehicle } = course;
    await driver.engage(0.5, 0.25);
    // The tab freezes: silence first, and then nobody renews the lease.
    driver.awake = false;
    const standing = async (): Promise<boolean> => readCarLog(vehicle.logFile).at(-1)?.throttle === 0;
    await waitFor("the wheels to stand", standing);
    await driver.engage(0.3, -0.5);
    await driver.release();
    await waitFor("the wheels to stand again", standing);

    const packed = await fetchBlackBox(course);
    const driven = readCarLog(vehicle.logFile);
    const text = gunzipSync(packed).toString("utf8");
    expect(text).not.toContain(course.token());
    expect(text).not.toMatch(/eyJ[\w-]{10,}\./);

    const path = join(folder, "incident.jsonl.gz");
    writeFileSync(path, packed);
    const run = spawnSync(productNode, [programPath("edge", "src", "main.ts"), "replay", path, "--json"], { encoding: "utf8" });
    const replayed = replaySchema.parse(JSON.parse(run.stdout));
    expect([run.status, replayed.same, replayed.steps > 20]).toEqual([0, true, true]);
    expect(findUnexplained(shapeOf(driven), shapeOf(replayed.car))).toEqual([]);
    expect(Math.max(...replayed.car.map(({ throttle }) => throttle))).toBe(0.5);
    const causes = replayed.stops.map(({ cause }) => cause);
    expect(causes.slice(causes.lastIndexOf("silence"))).toEqual(["silence", "lease-lost"]);

    // A file that was changed in one decision is no proof any more.
    writeFileSync(
      join(folder, "changed.jsonl"),
      text.replace(/"throttle":0\.5,"steer":0\.25(?=[^{]*"lease":\d+\}\})/, '"throttle":0.4,"steer":0.25'),
    );
    const changed = spawnSync(productNode, [programPath("edge", "src", "main.ts"), "replay", join(folder, "changed.jsonl")], {
      encoding: "utf8",
    });
    expect([changed.status, changed.stdout]).toEqual([1, expect.stringContaining("goes another way at line")]);
    expect(readFileSync(path).length).toBeLessThan(blackBoxLimits.maxBytes);
  });
});
