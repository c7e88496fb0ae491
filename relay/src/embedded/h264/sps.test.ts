import { spawnSync } from "node:child_process";
import { AppError } from "@helmcast/config";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testSps } from "../rtsp/test-support.ts";
import { readNalType } from "./nal.ts";
import { parseSps } from "./sps.ts";

/** The first SPS of what x264 makes of a test picture. */
function encodeSps(size: string, rate: string, args: readonly string[]): Buffer {
  const input = ["-v", "error", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}`, "-frames:v", "1"];
  const { stdout } = spawnSync("ffmpeg", [...input, "-c:v", "libx264", ...args, "-f", "h264", "-"]);
  const nals = stdout
    .toString("latin1")
    .split("\u0000\u0000\u0001")
    .map((text) => Buffer.from(text, "latin1"));
  return nals.find((nal) => readNalType(nal) === 7) ?? expect.fail("no SPS");
}

describe("parseSps", () => {
  it.each([
    [
      "640x360",
      "30",
      ["-profile:v", "baseline", "-tune", "zerolatency", "-pix_fmt", "yuv420p"],
      { profileIdc: 66, fps: 30, maxReorderFrames: 0 },
    ],
    ["1920x1080", "25", ["-profile:v", "main", "-bf", "0", "-pix_fmt", "yuv420p"], { profileIdc: 77, fps: 25 }],
    ["1282x722", "60", ["-profile:v", "high", "-bf", "2", "-pix_fmt", "yuv420p"], { profileIdc: 100, fps: 60, maxReorderFrames: 2 }],
    ["320x240", "10", ["-profile:v", "high444", "-pix_fmt", "yuv444p", "-x264-params", "cqm=jvt"], { profileIdc: 244, fps: 10 }],
    ["640x480", "25", ["-flags", "+ilme+ildct", "-pix_fmt", "yuv420p"], { frameMbsOnly: false }],
  ])("reads what x264 writes for %s at %s", (size, rate, args, expected) => {
    const sps = parseSps(encodeSps(size, rate, ["-preset", "veryfast", ...args]));
    expect(`${sps.width}x${sps.height}`).toBe(size);
    expect(sps).toMatchObject(expected);
  });

  it("reads the test stream's SPS", () => {
    expect(parseSps(testSps)).toMatchObject({ width: 640, height: 360, fps: 30, profileLevelId: "42c01e", picOrderCntType: 2 });
  });

  it("refuses anything else with its error code, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          const sps = parseSps(Buffer.concat([Buffer.from([0x67]), bytes]));
          expect(sps.width).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: "HC_EMBEDDED_SPS" });
        }
      }),
      { numRuns: 1000 },
    );
    expect(() => parseSps(Buffer.alloc(2000, 0x67))).toThrow(AppError);
  });
});
