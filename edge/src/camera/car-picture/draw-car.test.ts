import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { machineMs } from "../../motors/machine-clock.ts";
import { neutralOutput } from "../../motors/motors.ts";
import type { CarPose } from "../../motors/simulated.ts";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { buildCameraInput } from "../open-camera.ts";
import { drawCar, drawField, type FrameSize } from "./draw-car.ts";

const size = { width: 640, height: 360 };
const home: CarPose = { x: 0, y: 0, heading: 0, speed: 0 };

/** Middle of the bright bonnet, pixels. */
function findBonnet(frame: Buffer, { width, height }: FrameSize): { column: number; row: number } {
  let count = 0;
  const sum = { column: 0, row: 0 };
  for (let at = 0; at < width * height; at++) {
    if (frame[at] === 225) {
      count += 1;
      sum.column += at % width;
      sum.row += Math.floor(at / width);
    }
  }
  return { column: sum.column / count, row: sum.row / count };
}

function draw(pose: CarPose, output = neutralOutput): Buffer {
  const frame = drawField(size);
  drawCar(frame, size, pose, output);
  return frame;
}

describe("drawCar", () => {
  it("puts the car where it is: 160 pixels to a metre, ahead to the right, right is down", () => {
    const start = findBonnet(draw(home), size);
    expect(start.column).toBeGreaterThan(320);
    expect(start.row).toBeCloseTo(180, -0.5);
    const moved = findBonnet(draw({ ...home, x: 1, y: 0.5 }), size);
    expect(moved.column - start.column).toBeCloseTo(160, -0.5);
    expect(moved.row - start.row).toBeCloseTo(80, -0.5);
    expect(findBonnet(draw({ ...home, heading: Math.PI / 2 }), size).row).toBeGreaterThan(190);
  });

  it("comes back on the other side, however far the car went", () => {
    expect(findBonnet(draw({ ...home, x: 4 * 25 }), size).column).toBeCloseTo(findBonnet(draw(home), size).column, 0);
  });

  it("shows where the camera looks", () => {
    expect(draw(home, { ...neutralOutput, pan: 90 }).equals(draw(home))).toBe(false);
    expect(draw(home, { ...neutralOutput, tilt: 60 }).equals(draw(home))).toBe(false);
  });
});

describe("the program", () => {
  it("shows the car moving while its log's last line turns the wheels", async () => {
    const folder = mkdtempSync(join(tmpdir(), "helmcast-picture-"));
    const logFile = join(folder, "car.jsonl");
    writeFileSync(logFile, `${JSON.stringify({ atMs: machineMs(), ...neutralOutput, throttle: 1, pose: { ...home, speed: 0.5 } })}\n`);
    const small = { width: 320, height: 180 };
    const { feeder } = buildCameraInput({ type: "simulated-drive", ...small, fps: 20, logFile });
    const [command = "", ...args] = feeder ?? [];
    const program = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const chunks: Buffer[] = [];
      let bytes = 0;
      program.stdout.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
      });
      const frameBytes = (small.width * small.height * 3) / 2;
      await waitUntil("20 frames came", () => bytes >= 20 * frameBytes);
      const all = Buffer.concat(chunks);
      const columns = [2, 18].map((index) => findBonnet(all.subarray(index * frameBytes, (index + 1) * frameBytes), small).column);
      // 16 frames of 50 ms at half a metre a second and 80 pixels a metre are 32 pixels.
      expect((columns[1] ?? 0) - (columns[0] ?? 0)).toBeGreaterThan(20);
      expect((columns[1] ?? 0) - (columns[0] ?? 0)).toBeLessThan(60);
    } finally {
      program.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
