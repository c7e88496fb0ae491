import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { machineMs } from "./machine-clock.ts";
import type { CarLogEntry } from "./simulated.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-motors-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function carLog(): CarLogEntry[] {
  const lines = readFileSync(join(folder, "car.jsonl"), "utf8").split("\n").filter(Boolean);
  return lines.map((line): CarLogEntry => JSON.parse(line));
}

describe("the motor process by itself", () => {
  it("writes nothing to a car log that is full from earlier runs", async () => {
    const path = join(folder, "car.jsonl");
    writeFileSync(path, "");
    truncateSync(path, 10_000_000);
    const script = fileURLToPath(new URL("./motor-child.ts", import.meta.url));
    const child = spawn(process.execPath, [script, "simulated", path], { stdio: ["pipe", "pipe", "inherit"] });
    const exited = new Promise((done) => child.once("close", done));
    child.stdin.end();
    expect(await exited).toBe(0);
    expect(statSync(path).size).toBe(10_000_000);
  });

  it.each([
    ["its standard input closes", (child: ReturnType<typeof spawn>) => child.stdin?.end()],
    ["it is told to end", (child: ReturnType<typeof spawn>) => child.kill("SIGTERM")],
  ])("goes to neutral and ends when %s", async (_what, happens) => {
    const script = fileURLToPath(new URL("./motor-child.ts", import.meta.url));
    const child = spawn(process.execPath, [script, "simulated", join(folder, "car.jsonl")], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const exited = new Promise((done) => child.once("close", done));
      await new Promise((done) => child.stdout.once("data", done));
      for (const throttle of [0, 0.5]) {
        child.stdin.write(`${JSON.stringify({ atMs: machineMs(), throttle, steer: 0 })}\n`);
      }
      await waitUntil("the car moves", () => carLog().at(-1)?.throttle === 0.5);
      const atMs = machineMs();
      happens(child);
      expect(await exited).toBe(0);
      expect(carLog().at(-1)?.throttle).toBe(0);
      expect((carLog().at(-1)?.atMs ?? Number.NaN) - atMs).toBeLessThan(200);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
