import { describe, expect, it } from "vitest";
import { ProgressReader } from "./parse-progress.ts";

/** A block as ffmpeg 5.1 writes it while it publishes by RTSP. */
const block = `frame=45
fps=30.12
stream_0_0_q=21.0
bitrate=N/A
total_size=N/A
out_time_us=1500000
out_time_ms=1500000
out_time=00:00:01.500000
dup_frames=2
drop_frames=1
speed=1.01x
progress=continue`;

describe("ProgressReader", () => {
  it("gives a block at its last line and not before", () => {
    const reader = new ProgressReader();
    const lines = block.split("\n");
    expect(lines.slice(0, -1).map((line) => reader.take(line))).toEqual(lines.slice(0, -1).map(() => null));
    expect(reader.take("progress=continue")).toEqual({ frame: 45, fps: 30.12, dupFrames: 2, dropFrames: 1, speed: 1.01 });
  });

  it("starts each block empty and survives what it does not know", () => {
    const reader = new ProgressReader();
    reader.take("frame=9");
    reader.take("progress=continue");
    for (const line of ["", "=", "nonsense", "frame=N/A", "fps=-4", "speed=N/A"]) {
      expect(reader.take(line)).toBeNull();
    }
    expect(reader.take("progress=end")).toEqual({ frame: 0, fps: 0, dupFrames: 0, dropFrames: 0, speed: null });
  });
});
