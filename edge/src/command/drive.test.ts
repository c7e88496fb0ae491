import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Telemetry, telemetrySchema } from "@helmcast/config";
import { createLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineMs } from "../motors/machine-clock.ts";
import { MotorProcess } from "../motors/motor-process.ts";
import type { CarLogEntry } from "../motors/simulated.ts";
import { findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { Drive } from "./drive.ts";

let folder = "";
let drive: Drive;
let logged: string[];
let told: Telemetry[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-drive-"));
  const settings = { type: "simulated", acceptBare: true, maxThrottle: 1, videoWatch: true, logFile: join(folder, "car.jsonl") } as const;
  [logged, told] = [[], []];
  const log = createLog({ name: "test", level: "warn", destination: { write: (line: string) => void logged.push(line) } });
  drive = new Drive({
    settings,
    log,
    clock: { ...systemClock, monotonicMs: machineMs },
    say: (channel, text) => channel === "telemetry" && told.push(telemetrySchema.parse(JSON.parse(text))) > 0,
    createMotors: (onLost) => new MotorProcess({ settings, clock: systemClock, random: () => 0.5, log, onLost }),
  });
  await drive.start();
  drive.takeLink(true);
});

afterEach(async () => {
  await drive.stop();
  rmSync(folder, { recursive: true, force: true });
});

function send(throttle: number, options: { retained?: boolean; channel?: "cmd" | "estop"; clearStop?: boolean } = {}): void {
  const { retained = false, channel = "cmd", clearStop = false } = options;
  drive.takeMessage({ channel, retained, payload: Buffer.from(JSON.stringify({ throttle, steer: 0, clearStop })) });
}

function carLog(): CarLogEntry[] {
  const lines = readFileSync(join(folder, "car.jsonl"), "utf8").split("\n").filter(Boolean);
  return lines.map((line): CarLogEntry => JSON.parse(line));
}

function throttleNow(): number {
  return carLog().at(-1)?.throttle ?? 0;
}

async function startMoving(): Promise<number> {
  // On a busy machine a command may come too late to be obeyed; neutral and throttle come again then, as from a person.
  let sentMs = Number.NaN;
  await waitUntil("the car moves", async () => {
    send(0);
    await new Promise((done) => setTimeout(done, 60));
    sentMs = machineMs();
    send(0.2);
    await new Promise((done) => setTimeout(done, 80));
    return throttleNow() === 0.2;
  });
  return sentMs;
}

describe("Drive with the real motor process", () => {
  it("moves in a few ms and stops within 300 ms of the last command, by the car's own clock", async () => {
    const sentMs = await startMoving();
    await waitUntil("the car stands", () => throttleNow() === 0, 1000);
    const moving = carLog().find((entry) => entry.throttle > 0 && entry.atMs > sentMs);
    const standing = carLog().at(-1);
    expect((moving?.atMs ?? Number.NaN) - sentMs).toBeLessThan(200);
    expect((standing?.atMs ?? Number.NaN) - sentMs).toBeGreaterThan(200);
    expect((standing?.atMs ?? Number.NaN) - sentMs).toBeLessThan(300);
    send(0.2);
    await new Promise((done) => setTimeout(done, 60));
    expect(throttleNow()).toBe(0);
  });

  it("stops when the agent blocks, because the motor process has its own timer", async () => {
    const sentMs = await startMoving();
    const untilMs = performance.now() + 1000;
    while (performance.now() < untilMs) {
      Math.sqrt(untilMs);
    }
    const standing = carLog().find((entry) => entry.atMs > sentMs + 100 && entry.throttle === 0);
    expect((standing?.atMs ?? Number.NaN) - sentMs).toBeLessThan(550);
  });

  it.each([
    ["the link goes down", () => drive.takeLink(false)],
    ["somebody presses stop", () => send(0, { channel: "estop" })],
    ["a retained stop arrives", () => send(0, { channel: "estop", retained: true })],
    ["the agent stops", () => void drive.stop()],
  ])("is neutral at once when %s", async (_what, happens) => {
    await startMoving();
    const atMs = machineMs();
    happens();
    await waitUntil("the car stands", () => throttleNow() === 0, 1000);
    expect((carLog().at(-1)?.atMs ?? Number.NaN) - atMs).toBeLessThan(200);
  });

  it("keeps a pressed stop until a command clears it", async () => {
    await startMoving();
    send(0, { channel: "estop" });
    send(0);
    send(0.2);
    await new Promise((done) => setTimeout(done, 60));
    expect(throttleNow()).toBe(0);
    send(0, { clearStop: true });
    await startMoving();
  });

  it("says once a second at most that commands are refused", () => {
    for (let index = 0; index < 50; index++) {
      send(0);
      send(0, { retained: true });
      drive.takeMessage({ channel: "cmd", retained: false, payload: Buffer.from("{") });
    }
    expect(logged.filter((line) => line.includes("refused"))).toHaveLength(1);
  });

  it("does not move for a retained command", async () => {
    send(0, { retained: true });
    send(0.5, { retained: true });
    await new Promise((done) => setTimeout(done, 100));
    expect(carLog().every((entry) => entry.throttle === 0)).toBe(true);
  });

  it("wants neutral first after the motor process was killed, and leaves none behind", async () => {
    await startMoving();
    const scripts = findProcesses("motor-child", folder).filter((pid) => !readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("sh"));
    for (const pid of scripts) {
      process.kill(pid, "SIGKILL");
    }
    await waitUntil("the loss is told", () => told.some(({ cause }) => cause === "motors-lost"), 2000);
    await waitUntil("others are there, in neutral", () => findProcesses("motor-child", folder).length > 0 && throttleNow() === 0, 5000);
    send(0.5);
    await new Promise((done) => setTimeout(done, 60));
    expect(throttleNow()).toBe(0);
    await startMoving();
    await drive.stop();
    expect(findProcesses("motor-child", folder)).toEqual([]);
  });
});
