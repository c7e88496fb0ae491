import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCarLog } from "../test-rig/car-log.ts";
import { findOpenFiles, findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { machineMs } from "./machine-clock.ts";
import { MotorProcess } from "./motor-process.ts";

/** Hard stop of the product, ms; and runs of each fault. */
const hardStopMs = 550;
const runs = 3;

let folder = "";
let logFile = "";
let motors: MotorProcess;
let lost = 0;
let stopDriving: () => void = () => undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-motors-"));
  logFile = join(folder, "car.jsonl");
  lost = 0;
  const settings = { type: "simulated", acceptBare: true, maxThrottle: 1, videoWatch: true, logFile } as const;
  motors = new MotorProcess({ settings, clock: systemClock, random: () => 0.5, log: silentLog(), onLost: () => (lost += 1) });
  await motors.start();
  await bothWarm();
});

afterEach(async () => {
  stopDriving();
  for (const pid of children()) {
    process.kill(pid, "SIGCONT");
  }
  await motors.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Ids of the motor processes themselves, not of the shells around them. */
function children(): number[] {
  return findProcesses("motor-child", folder).filter((pid) => {
    try {
      return !readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("/bin/sh");
    } catch {
      return false;
    }
  });
}

/** The one that has the car's log open. */
function active(): number {
  const [pid] = children().filter((each) => holdsLog(each));
  if (pid === undefined) {
    throw new Error("nobody holds the motors");
  }
  return pid;
}

function holdsLog(pid: number): boolean {
  return findOpenFiles(pid).includes(logFile);
}

async function bothWarm(): Promise<void> {
  await waitUntil("one holds the motors and one waits", () => motors.standby && children().length === 2);
}

/** Commands at 20 Hz, as the agent's watchdog passes them on. */
async function drive(throttle: number): Promise<void> {
  motors.apply({ throttle: 0, steer: 0 });
  const timer = setInterval(() => motors.apply({ throttle, steer: 0.1 }), 50);
  stopDriving = () => clearInterval(timer);
  await waitUntil("the car moves", () => readCarLog(logFile).at(-1)?.throttle === throttle, 2000);
}

async function stands(): Promise<void> {
  await waitUntil("the car stands", () => readCarLog(logFile).at(-1)?.throttle === 0, 3000);
}

/** From `sinceMs` to the last line that moved nothing after one that moved, by the car's own clock. */
function stoppedAfterMs(sinceMs: number): number {
  const entry = readCarLog(logFile).find((each) => each.atMs > sinceMs && each.throttle === 0);
  return (entry?.atMs ?? Number.POSITIVE_INFINITY) - sinceMs;
}

describe("the two motor processes", () => {
  it.each([
    ["halted by SIGSTOP", "SIGSTOP"],
    ["killed", "SIGKILL"],
  ] as const)(
    "stop the car when the active one is %s, and the other goes on from there",
    async (_what, signal) => {
      const times: number[] = [];
      for (let run = 0; run < runs; run++) {
        await drive(0.3);
        const before = lost;
        const victim = active();
        const atMs = machineMs();
        process.kill(victim, signal);
        await stands();
        times.push(stoppedAfterMs(atMs));
        await waitUntil("the loss and the new holder are told", () => lost === before + 2);
        // Commands went on all the time: without neutral in between they move nothing.
        await new Promise((done) => setTimeout(done, 120));
        expect(readCarLog(logFile).at(-1)?.throttle).toBe(0);
        stopDriving();
        await bothWarm();
        expect(children()).not.toContain(victim);
      }
      expect(Math.max(...times)).toBeLessThan(hardStopMs);
    },
    60_000,
  );

  it("wants neutral anew when throttle was asked for before anybody held the motors", async () => {
    await motors.stop();
    expect(lost).toBe(0);
    const settings = { type: "simulated", acceptBare: true, maxThrottle: 1, videoWatch: true, logFile } as const;
    motors = new MotorProcess({ settings, clock: systemClock, random: () => 0.5, log: silentLog(), onLost: () => (lost += 1) });
    const started = motors.start();
    motors.apply({ throttle: 0, steer: 0 });
    motors.apply({ throttle: 0.4, steer: 0 });
    await started;
    expect(lost).toBe(1);
  });

  it("stop the car by the process's own timer while the agent's event loop is blocked, and nobody is killed for it", async () => {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      await drive(0.3);
      stopDriving();
      await new Promise((done) => setTimeout(done, 10));
      const pids = children();
      const atMs = machineMs();
      while (machineMs() < atMs + 2000) {
        Math.sqrt(atMs);
      }
      times.push(stoppedAfterMs(atMs));
      await new Promise((done) => setTimeout(done, 300));
      expect(children()).toEqual(pids);
      expect(lost).toBe(0);
    }
    expect(Math.max(...times)).toBeLessThan(300);
  }, 60_000);

  it("write the car's log one at a time, whoever dies", async () => {
    for (let run = 0; run < 2; run++) {
      process.kill(active(), "SIGSTOP");
      await waitUntil("the other holds the motors", () => motors.held && !children().some((pid) => isHalted(pid)));
      await bothWarm();
      expect(children().filter(holdsLog)).toHaveLength(1);
    }
    const times = readCarLog(logFile).map((entry) => entry.atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  }, 20_000);

  it("end in neutral when they are stopped, also when the active one is halted just then", async () => {
    await drive(0.3);
    const atMs = machineMs();
    process.kill(active(), "SIGSTOP");
    await motors.stop();
    expect(readCarLog(logFile).at(-1)?.throttle).toBe(0);
    expect(stoppedAfterMs(atMs)).toBeLessThan(hardStopMs);
    expect(children()).toEqual([]);
  });

  it("pass pan and tilt on, and keep place and direction over a hand-over", async () => {
    motors.apply({ throttle: 0, steer: 0, pan: 40, tilt: -20 });
    await drive(0.3);
    await waitUntil("it drove a little", () => machineMs() - (readCarLog(logFile).at(-1)?.atMs ?? 0) > 200, 3000);
    process.kill(active(), "SIGKILL");
    await stands();
    const last = readCarLog(logFile).at(-1);
    expect(last).toMatchObject({ pan: 40, tilt: -20 });
    expect(last?.pose.x).toBeGreaterThan(0.01);
  });
});

function isHalted(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
