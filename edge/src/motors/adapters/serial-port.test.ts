import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { driveSettingsSchema } from "@helmcast/config/load";
import { systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import type { MotorLoss, Motors } from "../motors.ts";
import { prepareSerialPort } from "./serial-port.ts";

let pair: ChildProcess;
let said = "";
let path = "";
let held: Motors[] = [];
let losses: MotorLoss[] = [];

beforeEach(async () => {
  const script = fileURLToPath(new URL("../../test-rig/python/serial_pair.py", import.meta.url));
  pair = spawn("python3", ["-B", script], { stdio: ["pipe", "pipe", "inherit"] });
  said = "";
  held = [];
  losses = [];
  pair.stdout?.on("data", (chunk) => {
    said += String(chunk);
  });
  await waitUntil("the pair is there", () => said.includes("\n"));
  path = said.trim();
  said = "";
});

afterEach(async () => {
  await Promise.all(held.map((motors) => motors.close(0)));
  pair.stdout?.removeAllListeners("data");
  pair.kill("SIGKILL");
});

async function open(format: "text" | "json" = "text"): Promise<Motors> {
  const settings = driveSettingsSchema.parse({ type: "serial", path, format });
  if (settings.type !== "serial") {
    throw new Error("not serial");
  }
  const motors = await (await prepareSerialPort(settings, systemClock)).open((loss) => losses.push(loss));
  held.push(motors);
  return motors;
}

describe("a drive at a serial port", () => {
  it("hears neutral first, then each output, and neutral at the end", async () => {
    const motors = await open();
    await waitUntil("neutral came", () => said.startsWith("T0.000 S0.000 P0.0 L0.0\n"));
    motors.apply({ throttle: 0.25, steer: -1, pan: 12.34, tilt: -5 }, 0);
    await waitUntil("the output came", () => said.endsWith("T0.250 S-1.000 P12.3 L-5.0\n"));
    await motors.close(0);
    await waitUntil("neutral came last", () => said.endsWith("T0.000 S0.000 P12.3 L-5.0\n"));
    expect(losses).toEqual([]);
  });

  it("says the current output again and again, so that firmware can tell silence", async () => {
    const motors = await open();
    motors.apply({ throttle: 0.25, steer: 0, pan: 0, tilt: 0 }, 0);
    await waitUntil("it came three times", () => said.split("T0.250").length > 3);
  });

  it("hears JSON where the settings say so", async () => {
    const motors = await open("json");
    motors.apply({ throttle: 0.5, steer: 0, pan: 0, tilt: 0 }, 0);
    await waitUntil("the output came", () => said.endsWith('{"throttle":0.5,"steer":0,"pan":0,"tilt":0}\n'));
  });

  it("is lost when the cable is pulled, and cannot be opened without it", async () => {
    await open();
    pair.kill("SIGKILL");
    await waitUntil("the loss is told", () => losses.length === 1);
    expect(losses[0]).toMatchObject({ code: "HC_EDGE_DRIVE_LOST", detail: expect.stringContaining(path) });
    await expect(open()).rejects.toMatchObject({ code: "HC_EDGE_DRIVE_OPEN" });
  });

  it("is refused to a second one", async () => {
    await open();
    await expect(open()).rejects.toMatchObject({ code: "HC_EDGE_DRIVE_IN_USE" });
  });

  it("gets the newest output and no queue of old ones", async () => {
    const motors = await open();
    for (let step = 1; step <= 100; step++) {
      motors.apply({ throttle: step / 100, steer: 0, pan: 0, tilt: 0 }, 0);
    }
    await waitUntil("the newest came", () => said.endsWith("T1.000 S0.000 P0.0 L0.0\n"));
    expect(said.split("\n").length).toBeLessThan(10);
  });
});
