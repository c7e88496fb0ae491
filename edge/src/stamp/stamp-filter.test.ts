import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { averageCells, decodeStamp, encodeStamp, stampGeometry, stampModuloMs, unwrapStamp } from "@helmcast/config";
import { edgeSettingsSchema } from "@helmcast/config/load";
import { describe, expect, it } from "vitest";
import { assembleArguments } from "../ffmpeg/assemble.ts";
import { planPublish } from "../publish/ffmpeg-args.ts";
import { buildStampFilter } from "./stamp-filter.ts";

const run = promisify(execFile);

/** Encodes `seconds` of the test picture with the very options of a publish run, and gives the decoded gray pictures. */
async function encodeAndDecode(width: number, height: number, bitrateKbps: number, seconds: number): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tmpdir(), "helmcast-stamp-"));
  try {
    const camera = { id: "front", source: { type: "test", width, height, fps: 30 }, bitrateKbps };
    const settings = edgeSettingsSchema.parse({ relay: { url: "http://x", secretFile: "/x" }, cameras: [camera] });
    const plans = settings.cameras.map((each) => planPublish(each, "libx264", join(folder, "out.h264")));
    for (const plan of plans) {
      const toFile = plan.outputOptions.slice(0, plan.outputOptions.lastIndexOf("-f"));
      await run("ffmpeg", assembleArguments({ ...plan, outputOptions: [...toFile, "-t", String(seconds), "-f", "h264"] }));
    }
    await run("ffmpeg", ["-v", "error", "-i", join(folder, "out.h264"), "-f", "rawvideo", "-pix_fmt", "gray", join(folder, "out.gray")]);
    const gray = await readFile(join(folder, "out.gray"));
    const size = width * height;
    return Array.from({ length: gray.length / size }, (_, index) => gray.subarray(index * size, (index + 1) * size));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("stamp strip through real ffmpeg", () => {
  it.concurrent.each([
    [1280, 720, 1500],
    [640, 360, 300],
  ])(
    "reads the right time from every frame at %ix%i and %i kbit/s",
    async (width, height, bitrateKbps) => {
      const beganMs = Date.now();
      const pictures = await encodeAndDecode(width, height, bitrateKbps, 3);
      const endedMs = Date.now();
      const readings = pictures.map((picture) => decodeStamp(averageCells(picture, width, height)));
      expect(readings.filter((reading) => !reading.ok)).toEqual([]);
      const times = readings.map((reading) => (reading.ok ? unwrapStamp(reading.moduloMs, beganMs) : 0));
      expect(times).toHaveLength(90);
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2800);
      expect(times[0]).toBeGreaterThanOrEqual(beganMs);
      expect(times.at(-1)).toBeLessThanOrEqual(endedMs);
      // A misread frame shows as a step back. Single long steps are a busy machine's, so the usual one is looked at.
      const usualStep = steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)];
      expect(Math.abs((usualStep ?? 0) - 33)).toBeLessThan(20);
    },
    15_000,
  );
});

describe("buildStampFilter", () => {
  it("draws in the strip only, so that cropping it leaves the whole picture", () => {
    const strip = stampGeometry(1280, 720);
    const boxes = [...buildStampFilter(1280, 720).matchAll(/drawbox=x=(\d+):y=(\d+):w=(\d+):h=(\d+)/g)].map((box) =>
      box.slice(1).map(Number),
    );
    expect(boxes).toHaveLength(30);
    expect(boxes.every(([, y, , height]) => y === strip.y && height === strip.height)).toBe(true);
    expect(boxes.every(([x = 0, , width = 0]) => x + width <= 1280)).toBe(true);
  });
});

describe("averageCells", () => {
  it("reads back what was drawn, at any size", () => {
    for (const [width, height] of [
      [64, 64],
      [640, 360],
      [1280, 720],
      [1920, 1080],
    ] as const) {
      const timeMs = 1_795_224_000_123;
      const strip = stampGeometry(width, height);
      const gray = new Uint8Array(width * height).fill(120);
      encodeStamp(timeMs).forEach((white, cell) => {
        for (let y = strip.y; y < strip.y + strip.height; y++) {
          gray.fill(white === 1 ? 235 : 16, y * width + cell * strip.cellWidth, y * width + (cell + 1) * strip.cellWidth);
        }
      });
      expect(decodeStamp(averageCells(gray, width, height))).toEqual({ ok: true, moduloMs: timeMs % stampModuloMs });
    }
  });

  it("gives no time for a picture without a strip", () => {
    expect(decodeStamp(averageCells(new Uint8Array(640 * 360).fill(90), 640, 360))).toEqual({ ok: false, reason: "no-strip" });
  });
});
