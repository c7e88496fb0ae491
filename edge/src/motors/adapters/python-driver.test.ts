import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { driveSettingsSchema } from "@helmcast/config/load";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findProcesses } from "../../test-rig/processes.ts";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { machineMs } from "../machine-clock.ts";
import { type MotorLoss, type Motors, neutralOutput, type PreparedMotors } from "../motors.ts";
import { type PythonSettings, preparePythonDriver } from "./python-driver.ts";

type Call = { readonly atMs: number; readonly call: string; readonly values: readonly unknown[] };

const clock = { ...systemClock, monotonicMs: machineMs };
let folder = "";
let prepared: PreparedMotors[] = [];
let losses: MotorLoss[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-python-"));
  prepared = [];
  losses = [];
  vi.stubEnv("PYTHONPATH", fileURLToPath(new URL("../../test-rig/python", import.meta.url)));
  vi.stubEnv("FAKE_HARDWARE_LOG", join(folder, "calls.jsonl"));
  // The lock is in the folder for temporary files: each test has hardware of its own.
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  await Promise.all(prepared.map((each) => each.discard()));
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function settings(wanted: Record<string, unknown>): PythonSettings {
  const parsed = driveSettingsSchema.parse(wanted);
  if (parsed.type !== "picarx" && parsed.type !== "pca9685" && parsed.type !== "gpio") {
    throw new Error("no driver in Python");
  }
  return parsed;
}

async function prepare(wanted: Record<string, unknown>): Promise<PreparedMotors> {
  const one = await preparePythonDriver(settings(wanted), { clock, log: silentLog() });
  prepared.push(one);
  return one;
}

async function open(wanted: Record<string, unknown>): Promise<Motors> {
  return await (await prepare(wanted)).open((loss) => losses.push(loss));
}

function calls(name?: string): Call[] {
  const file = join(folder, "calls.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return lines.map((line): Call => JSON.parse(line)).filter((each) => name === undefined || each.call === name);
}

function last(name: string): unknown {
  return calls(name).at(-1)?.values[0];
}

function move(motors: Motors, throttle: number, steer = 0, pan = 0, tilt = 0): void {
  motors.apply({ throttle, steer, pan, tilt }, machineMs());
}

describe("the PiCar-X through its library", () => {
  it("is touched only when it is opened, and is neutral first of all", async () => {
    const car = await prepare({ type: "picarx" });
    expect(calls()).toEqual([]);
    await car.open((loss) => losses.push(loss));
    expect(calls("open")).toHaveLength(1);
    expect(calls()[1]).toMatchObject({ call: "power", values: [0] });
  });

  it("gets power, degrees of steering, pan and tilt in the library's ranges", async () => {
    const car = await open({ type: "picarx" });
    move(car, 0.37, -1, 45, 60);
    await waitUntil("it moves", () => last("power") === 37 && last("tilt") === 60);
    expect([last("steer"), last("pan"), last("tilt")]).toEqual([-30, 45, 60]);
    move(car, -1, 0.5, 120, -80);
    await waitUntil("it goes back", () => last("power") === -100 && last("tilt") === -35);
    expect([last("steer"), last("pan")]).toEqual([15, 90]);
  });

  it("has power 0 after a stop, also when the steering moves afterwards, which sends the power again", async () => {
    const car = await open({ type: "picarx" });
    move(car, 0.5);
    await waitUntil("it moves", () => last("power") === 50);
    move(car, 0, 0.8);
    await waitUntil("it steers", () => last("steer") === 24);
    move(car, 0, 0.9);
    await waitUntil("it steers on", () => last("steer") === 27);
    const from = calls().findLastIndex((each) => each.values[0] === 50);
    expect(
      calls()
        .slice(from + 1)
        .filter((each) => each.call === "power" && each.values[0] !== 0),
    ).toEqual([]);
  });

  it("stands by its own timer 250 ms after the last line, and straightens after 500", async () => {
    const car = await open({ type: "picarx" });
    move(car, 0.5, 0.5);
    await waitUntil("it moves", () => last("power") === 50);
    const fromMs = calls("power").find((each) => each.values[0] === 50)?.atMs ?? Number.NaN;
    await waitUntil("it is straight", () => last("steer") === 0);
    const stand = calls("power").find((each) => each.atMs > fromMs && each.values[0] === 0)?.atMs ?? Number.NaN;
    expect(stand - fromMs).toBeGreaterThan(200);
    expect(stand - fromMs).toBeLessThan(400);
    expect((calls("steer").at(-1)?.atMs ?? Number.NaN) - fromMs).toBeLessThan(650);
  });

  it("stands for a line that waited, and is let go in neutral", async () => {
    const car = await open({ type: "picarx" });
    move(car, 0.5);
    await waitUntil("it moves", () => last("power") === 50);
    car.apply({ ...neutralOutput, throttle: 0.9 }, machineMs() - 300);
    await waitUntil("it stands", () => last("power") === 0);
    move(car, 0.5);
    await waitUntil("it moves again", () => last("power") === 50);
    await car.close(machineMs());
    expect(last("power")).toBe(0);
    expect(calls("power").some((each) => each.values[0] === 90)).toBe(false);
    expect(losses).toEqual([]);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("stands at %s, and the loss is told", async (signal) => {
    const car = await open({ type: "picarx" });
    move(car, 0.5);
    await waitUntil("it moves", () => last("power") === 50);
    process.kill(findPython(), signal);
    await waitUntil("the loss is told", () => losses.length === 1);
    expect(last("power")).toBe(0);
    expect(losses[0]?.code).toBe("HC_EDGE_DRIVE_LOST");
  });

  it("is lost when the library hangs: the driver is silent then", async () => {
    vi.stubEnv("FAKE_HARDWARE_HANGS", "1");
    const car = await open({ type: "picarx" });
    move(car, 0.5);
    await waitUntil("the loss is told", () => losses.length === 1, 2000);
    expect(losses[0]?.detail).toContain("silent");
    process.kill(findPython(), "SIGKILL");
  });

  it("is refused to a second driver", async () => {
    await open({ type: "picarx" });
    await expect(open({ type: "picarx" })).rejects.toMatchObject({ code: "HC_EDGE_DRIVE_IN_USE" });
    expect(calls("open")).toHaveLength(1);
  });
});

describe("the other drivers in Python", () => {
  it("sets up a PCA9685 with neutral pulses before its oscillator starts, then pulses of 1 to 2 ms", async () => {
    const car = await open({ type: "pca9685", panChannel: 4, tiltChannel: 5 });
    const writes = (): unknown[] => calls("write").map((each) => each.values);
    // 25 MHz / (4096 x 50 Hz) - 1 = 121; 1.5 ms of 20 ms is 307 of 4096 steps.
    expect(writes().slice(0, 5)).toEqual([
      [0x40, 0x00, [0x30]],
      [0x40, 0xfe, [121]],
      [0x40, 0x06, [0, 0, 307 & 0xff, 1]],
      [0x40, 0x0a, [0, 0, 307 & 0xff, 1]],
      [0x40, 0x00, [0x20]],
    ]);
    move(car, 1, -1, 90, 0);
    await waitUntil("the pulses are set", () => writes().length >= 10);
    expect(writes()).toContainEqual([0x40, 0x06, [0, 0, 410 & 0xff, 1]]);
    expect(writes()).toContainEqual([0x40, 0x0a, [0, 0, 205, 0]]);
    expect(writes()).toContainEqual([0x40, 0x16, [0, 0, 410 & 0xff, 1]]);
    await car.close(machineMs());
    expect(writes()).toContainEqual([0x40, 0x06, [0, 0, 307 & 0xff, 1]]);
    expect(calls().at(-1)?.call).toBe("close");
  });

  it("turns two motors, slower on the inside, and none without throttle however the steering stands", async () => {
    const car = await open({ type: "gpio", left: { forward: 17, backward: 18 }, right: { forward: 22, backward: 23 } });
    move(car, 0.5, 0.5);
    await waitUntil("both turn", () => last("motor17") === 0.75 && last("motor22") === 0.25);
    move(car, 0, 1);
    await waitUntil("both stand", () => last("motor17") === 0 && last("motor22") === 0);
    await car.close(machineMs());
    expect(calls("close")).toHaveLength(2);
  });

  it.each([
    ["picarx", {}, "HC_EDGE_PICARX_MISSING"],
    ["pca9685", {}, "HC_EDGE_SMBUS2_MISSING"],
    ["gpio", { left: { forward: 1, backward: 2 }, right: { forward: 3, backward: 4 } }, "HC_EDGE_GPIOZERO_MISSING"],
  ])("names the package that %s needs when it is not there", async (type, rest, code) => {
    vi.stubEnv("PYTHONPATH", folder);
    await expect(prepare({ type, ...rest })).rejects.toMatchObject({ code });
    await expect(prepare({ type, ...rest, python: join(folder, "no-python") })).rejects.toMatchObject({ code: "HC_EDGE_PYTHON_MISSING" });
  });
});

/** Id of the Python of this test: its environment has this test's folder. Throws when there is none, because a made-up id would signal somebody else. */
function findPython(): number {
  const [pid] = findProcesses("_driver.py").filter((each) => {
    try {
      const isPython = !readFileSync(`/proc/${each}/cmdline`, "utf8").startsWith("/bin/sh");
      return isPython && readFileSync(`/proc/${each}/environ`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
  if (pid === undefined) {
    throw new Error("no driver runs");
  }
  return pid;
}
