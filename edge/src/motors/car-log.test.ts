import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCarLog, readLastEntry } from "./car-log.ts";
import type { CarLogEntry } from "./simulated.ts";

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-log-"));
  path = join(folder, "car.jsonl");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function entry(atMs: number): CarLogEntry {
  return { atMs, throttle: 0.5, steer: 0, pan: 0, tilt: 0, pose: { x: 1, y: 2, heading: 3, speed: 0.25 } };
}

describe("readLastEntry", () => {
  it("gives the last whole line of a long log, and none where there is no log", () => {
    expect(readLastEntry(path)).toBeNull();
    const log = openCarLog(path);
    for (let atMs = 0; atMs < 200; atMs++) {
      log.write(entry(atMs));
    }
    log.close();
    expect(readLastEntry(path)).toEqual(entry(199));
  });

  it("passes over a line that is still being written or is none", () => {
    const log = openCarLog(path);
    log.write(entry(7));
    log.close();
    appendFileSync(path, 'nonsense\n{"atMs":8,"thro');
    expect(readLastEntry(path)).toEqual(entry(7));
  });
});
