import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { driveSettingsSchema } from "@helmcast/config/load";
import { createLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { machineMs } from "./machine-clock.ts";
import { MotorProcess } from "./motor-process.ts";

type Call = { readonly atMs: number; readonly call: string; readonly values: readonly unknown[] };

let folder = "";
let motors: MotorProcess;
let lost = 0;
let logged = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-takeover-"));
  lost = 0;
  logged = "";
  vi.stubEnv("PYTHONPATH", fileURLToPath(new URL("../test-rig/python", import.meta.url)));
  vi.stubEnv("FAKE_HARDWARE_LOG", join(folder, "calls.jsonl"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  await motors.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function countLoss(): void {
  lost += 1;
}

function keepLog(line: string): void {
  logged += line;
}

async function start(wanted: Record<string, unknown>): Promise<void> {
  const settings = driveSettingsSchema.parse(wanted);
  if (settings.type === "none") {
    throw new Error("nothing to drive");
  }
  const log = createLog({ name: "test", level: "error", destination: { write: keepLog } });
  motors = new MotorProcess({ settings, clock: systemClock, random: () => 0, log, onLost: countLoss });
  await motors.start();
}

function readLines(file: string): Call[] {
  const path = join(folder, file);
  return existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line): Call => JSON.parse(line))
    : [];
}

function powers(): Call[] {
  return readLines("calls.jsonl").filter((each) => each.call === "power");
}

/** The process of this test that runs `script`; of two the one that was started first, which holds the motors. Throws when there is none. */
function findOne(script: string): number {
  const [pid] = findProcesses(script).filter((each) => {
    try {
      const isShell = readFileSync(`/proc/${each}/cmdline`, "utf8").startsWith("/bin/sh");
      return !isShell && readFileSync(`/proc/${each}/environ`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
  if (pid === undefined) {
    throw new Error(`nobody runs ${script}`);
  }
  return pid;
}

async function drivePicarx(): Promise<() => void> {
  await start({ type: "picarx" });
  await waitUntil("one holds the motors and one waits", () => motors.standby);
  motors.apply({ throttle: 0, steer: 0 });
  const timer = setInterval(() => motors.apply({ throttle: 0.4, steer: 0 }), 50);
  await waitUntil("it moves", () => powers().at(-1)?.values[0] === 40);
  return () => clearInterval(timer);
}

describe("hand-over of real drivers", () => {
  it.each([
    ["the process above the driver is halted", "motor-child", "SIGSTOP"],
    ["the process above the driver is killed", "motor-child", "SIGKILL"],
    ["the driver is halted", "picarx_driver", "SIGSTOP"],
    ["the driver is killed", "picarx_driver", "SIGKILL"],
  ] as const)("stops a PiCar-X when %s, with one driver at a time", async (_what, script, signal) => {
    const stopDriving = await drivePicarx();
    try {
      const atMs = machineMs();
      process.kill(findOne(script), signal);
      await waitUntil("it stands, in other hands", () => lost === 2 && powers().at(-1)?.values[0] === 0);
      const stand = powers().find((each) => each.atMs > atMs && each.values[0] === 0);
      // Within 300 ms on a quiet machine; a busy one may add half of that.
      expect((stand?.atMs ?? Number.NaN) - atMs).toBeLessThan(450);
      expect(readLines("calls.jsonl").filter((each) => each.call === "open")).toHaveLength(2);
      // Nothing moves it after it stood: the driver that was halted is gone, and the new one wants neutral first.
      await new Promise((done) => setTimeout(done, 150));
      expect(powers().filter((each) => each.atMs > (stand?.atMs ?? 0) && each.values[0] !== 0)).toEqual([]);
    } finally {
      stopDriving();
    }
  });

  it("starts a program that ended again, and tells both the loss and the return", async () => {
    const lines = join(folder, "lines");
    await start({ type: "exec", command: ["/bin/sh", "-c", `read -r a; echo "$a" >> '${lines}'; read -r b`] });
    await waitUntil("one holds the motors and one waits", () => motors.standby);
    motors.apply({ throttle: 0, steer: 0 });
    await waitUntil("the program ended and another runs", () => lost === 2 && readLines("lines").length === 2);
    expect(readLines("lines").at(-1)).toMatchObject({ throttle: 0, steer: 0 });
    expect(logged).toContain("HC_EDGE_DRIVE_LOST");
  });

  it("says what is missing and keeps the rest of the agent waiting for nothing", async () => {
    vi.stubEnv("PYTHONPATH", folder);
    await start({ type: "pca9685" });
    expect(motors.held).toBe(false);
    expect(logged).toContain("HC_EDGE_SMBUS2_MISSING");
    motors.apply({ throttle: 1, steer: 0 });
  });
});
