import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCarLog } from "../test-rig/car-log.ts";
import { findOpenFiles, findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { machineMs } from "./machine-clock.ts";

let folder = "";
let logFile = "";
let agent: ChildProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-motors-"));
  logFile = join(folder, "car.jsonl");
  const script = fileURLToPath(new URL("../test-rig/hold-motors.ts", import.meta.url));
  agent = spawn(process.execPath, [script, logFile], { stdio: ["ignore", "ignore", "inherit"] });
  await waitUntil("the car moves", () => readCarLog(logFile).at(-1)?.throttle === 0.4);
});

afterEach(async () => {
  agent.kill("SIGKILL");
  await waitUntil("nothing is left", () => findProcesses("motor-child", folder).length === 0);
  rmSync(folder, { recursive: true, force: true });
});

async function stoppedAfterMs(sinceMs: number): Promise<number> {
  await waitUntil("the car stands", () => readCarLog(logFile).at(-1)?.throttle === 0, 3000);
  return (readCarLog(logFile).findLast((_entry, index, log) => log[index - 1]?.throttle === 0.4)?.atMs ?? Number.NaN) - sinceMs;
}

describe("the motor processes without their agent", () => {
  it("make neutral and end when it is killed, and only the one that held the motors writes", async () => {
    const lines = readCarLog(logFile).length;
    const atMs = machineMs();
    agent.kill("SIGKILL");
    expect(await stoppedAfterMs(atMs)).toBeLessThan(300);
    await waitUntil("both have ended", () => findProcesses("motor-child", folder).length === 0);
    expect(readCarLog(logFile)).toHaveLength(lines + 1);
  });

  it("make neutral by their own timer when it is halted, keep waiting, and are not taken for dead when it goes on", async () => {
    const pids = findProcesses("motor-child", folder);
    const holder = pids.filter((pid) => findOpenFiles(pid).includes(logFile));
    const atMs = machineMs();
    agent.kill("SIGSTOP");
    expect(await stoppedAfterMs(atMs)).toBeLessThan(300);
    await new Promise((done) => setTimeout(done, 1000));
    agent.kill("SIGCONT");
    await new Promise((done) => setTimeout(done, 500));
    expect(findProcesses("motor-child", folder)).toEqual(pids);
    expect(pids.filter((pid) => findOpenFiles(pid).includes(logFile))).toEqual(holder);
    expect(readCarLog(logFile).at(-1)?.throttle).toBe(0);
  });
});
