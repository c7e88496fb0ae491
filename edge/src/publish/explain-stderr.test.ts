import { describe, expect, it } from "vitest";
import { explainStderr, StderrTail } from "./explain-stderr.ts";

describe("explainStderr", () => {
  it.each([
    ["camera-busy", "[video4linux2,v4l2 @ 0x55] ioctl(VIDIOC_STREAMON): Device or resource busy", "in use"],
    ["camera-missing", "/dev/video0: No such file or directory", "does not exist"],
    ["camera-missing", "[video4linux2,v4l2 @ 0x55] ioctl(VIDIOC_DQBUF): No such device", "is gone"],
    ["camera-program", "/bin/sh: 1: rpicam-vid: not found", "rpicam-vid is not installed"],
    ["camera-program", "helmcast: the camera program ended with code 3", "ended with code 3"],
    ["unauthorized", "[rtsp @ 0x55] method ANNOUNCE failed: 401 Unauthorized", "refuses"],
    ["refused", "[rtsp @ 0x55] method ANNOUNCE failed: 400 Bad Request", "refuses"],
    ["unknown", "[rtsp @ 0x55] Non-monotonous DTS in output stream 0:0; previous: 402, current: 401; changing to 403", "previous: 402"],
    ["encoder", "Unknown encoder 'libx264'", "libx264"],
    ["relay", "av_interleaved_write_frame(): Broken pipe", "connection to the relay"],
    ["unknown", "something never seen", "something never seen"],
  ])("%s: %s", (kind, line, words) => {
    const failure = explainStderr(["frame dropped", line]);
    expect(failure.kind).toBe(kind);
    expect(failure.sentence).toContain(words);
  });

  it("names the cause and not its consequences", () => {
    const lines = [
      "/bin/sh: 1: cam: not found",
      "helmcast: the camera program ended with code 127",
      "pipe:0: Invalid data found",
      "Broken pipe",
    ];
    expect(explainStderr(lines).sentence).toContain("cam is not installed");
    expect(explainStderr([]).sentence).toBe("ffmpeg ended without a word.");
  });
});

describe("StderrTail", () => {
  it("is bounded in lines and in their length", () => {
    const tail = new StderrTail();
    for (let index = 0; index < 1000; index++) {
      tail.add(`${index} ${"x".repeat(5000)}`);
    }
    expect(tail.lines()).toHaveLength(20);
    expect(tail.lines()[0]).toMatch(/^980 /);
    expect(Math.max(...tail.lines().map((line) => line.length))).toBe(300);
  });
});
