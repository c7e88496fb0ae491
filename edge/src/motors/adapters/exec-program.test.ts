import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driveSettingsSchema } from "@helmcast/config/load";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { machineMs } from "../machine-clock.ts";
import type { MotorLoss, Motors } from "../motors.ts";
import { prepareExecProgram } from "./exec-program.ts";

let folder = "";
let losses: MotorLoss[] = [];
let held: Motors[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helmcast-exec-"));
  losses = [];
  held = [];
});

afterEach(async () => {
  await Promise.all(held.map((motors) => motors.close(machineMs())));
  rmSync(folder, { recursive: true, force: true });
});

async function open(...command: string[]): Promise<Motors> {
  const settings = driveSettingsSchema.parse({ type: "exec", command });
  if (settings.type !== "exec") {
    throw new Error("not exec");
  }
  const clock = { ...systemClock, monotonicMs: machineMs };
  const motors = await prepareExecProgram(settings, { clock, log: silentLog() }).open((loss) => losses.push(loss));
  held.push(motors);
  return motors;
}

function lines(): Array<Record<string, number>> {
  const file = join(folder, "lines");
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
}

describe("a drive that is any program", () => {
  it("reads a neutral line first, then each output with its time, and a neutral line last", async () => {
    const motors = await open("/bin/sh", "-c", `exec cat > '${join(folder, "lines")}'`);
    await waitUntil("neutral came", () => lines().length === 1);
    expect(lines()[0]).toMatchObject({ throttle: 0, steer: 0, pan: 0, tilt: 0 });
    const atMs = machineMs();
    motors.apply({ throttle: 0.5, steer: -0.5, pan: 10, tilt: 5 }, atMs);
    await waitUntil("the output came", () => lines().length === 2);
    expect(lines()[1]).toEqual({ atMs, throttle: 0.5, steer: -0.5, pan: 10, tilt: 5 });
    await motors.close(machineMs());
    expect(lines().at(-1)).toMatchObject({ throttle: 0, steer: 0, pan: 10, tilt: 5 });
    expect(losses).toEqual([]);
  });

  it.each([
    ["ends", ["/bin/sh", "-c", "exit 3"], "code 3"],
    ["is not there", ["/nowhere/driver"], "code 127"],
  ])("is lost when the program %s", async (_what, command, detail) => {
    await open(...command);
    await waitUntil("the loss is told", () => losses.length > 0);
    expect(losses).toEqual([{ code: "HC_EDGE_DRIVE_LOST", detail: expect.stringMatching(new RegExp(`${detail}|EPIPE`)) }]);
  });

  it("ends a program that ignores the end of its input and TERM", async () => {
    const motors = await open("/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.05; done");
    await new Promise((done) => setTimeout(done, 100));
    const fromMs = machineMs();
    await motors.close(fromMs);
    expect(machineMs() - fromMs).toBeLessThan(600);
  });
});
