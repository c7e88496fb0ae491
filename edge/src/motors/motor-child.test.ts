import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCarLog } from "../test-rig/car-log.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { maxCarLogBytes } from "./car-log.ts";
import { takeLine } from "./child-messages.ts";
import { machineMs } from "./machine-clock.ts";

let folder = "";
let logFile = "";
let child: ChildProcess;
let heard = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-motors-"));
  logFile = join(folder, "car.jsonl");
});

afterEach(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function launch(): Promise<{ exited: Promise<unknown> }> {
  const script = fileURLToPath(new URL("./motor-child.ts", import.meta.url));
  child = spawn(process.execPath, [script, JSON.stringify({ type: "simulated", logFile })], { stdio: ["pipe", "pipe", "inherit"] });
  heard = "";
  child.stdout?.on("data", (chunk) => {
    heard += String(chunk);
  });
  const exited = new Promise((done) => child.once("close", done));
  await waitUntil("it is warm", () => heard.includes('"ready"'));
  return { exited };
}

async function takeAndMove(): Promise<void> {
  child.stdin?.write(`${takeLine}\n`);
  await waitUntil("it holds the motors", () => heard.includes('"held"'));
  for (const throttle of [0, 0.5]) {
    child.stdin?.write(`${JSON.stringify({ atMs: machineMs(), throttle, steer: 0 })}\n`);
  }
  await waitUntil("the car moves", () => readCarLog(logFile).at(-1)?.throttle === 0.5);
}

describe("one motor process by itself", () => {
  it("touches nothing before it is told to take the motors, and gives signs of life", async () => {
    const { exited } = await launch();
    child.stdin?.write(`${JSON.stringify({ atMs: machineMs(), throttle: 0, steer: 0 })}\n`);
    await waitUntil("it beats", () => heard.includes('"beat"'));
    expect(readCarLog(logFile)).toEqual([]);
    child.stdin?.end();
    expect(await exited).toBe(0);
    expect(readCarLog(logFile)).toEqual([]);
  });

  it.each([
    ["its standard input closes", () => void child.stdin?.end()],
    ["it is told to end", () => void child.kill("SIGTERM")],
  ])("goes to neutral and ends when %s", async (_what, happens) => {
    const { exited } = await launch();
    await takeAndMove();
    const atMs = machineMs();
    happens();
    expect(await exited).toBe(0);
    expect(heard).toContain('"neutral"');
    expect(readCarLog(logFile).at(-1)?.throttle).toBe(0);
    expect((readCarLog(logFile).at(-1)?.atMs ?? Number.NaN) - atMs).toBeLessThan(100);
  });

  it("ends also when the hardware refuses the last neutral, so that another process can write it", async () => {
    const { exited } = await launch();
    await takeAndMove();
    // A full log whose folder is gone can be written to no more.
    truncateSync(logFile, maxCarLogBytes);
    rmSync(folder, { recursive: true });
    child.stdin?.end();
    const late = new Promise((done) => setTimeout(() => done("late"), 2000));
    expect(await Promise.race([exited, late])).toBe(0);
  });

  it("keeps its own timer when nobody reads its signs of life", async () => {
    await launch();
    await takeAndMove();
    child.stdout?.pause();
    await waitUntil("the car stands", () => readCarLog(logFile).at(-1)?.throttle === 0, 1000);
  });

  it("begins a full car log anew, so that the last line is always what the wheels do", async () => {
    writeFileSync(logFile, `${"x".repeat(maxCarLogBytes)}\n`);
    await launch();
    await takeAndMove();
    expect(readCarLog(logFile).map((entry) => entry.throttle)).toEqual([0, 0.5]);
    expect(statSync(`${logFile}.1`).size).toBe(maxCarLogBytes + 1);
  });
});
