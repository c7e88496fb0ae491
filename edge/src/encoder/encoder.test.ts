import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemClock } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { chooseEncoder } from "./choose-encoder.ts";
import { gopFrames } from "./encoder.ts";
import { probeEncoder } from "./probe-encoders.ts";

const goal = { width: 320, height: 180, fps: 30, bitrateKbps: 300, gopMs: 500 };
const deps = { ffmpegPath: "ffmpeg", clock: systemClock, log: silentLog(), signal: new AbortController().signal };

describe("chooseEncoder", () => {
  it("takes hardware that worked, and software otherwise with the reason", () => {
    const fact = { name: "h264_v4l2m2m", tookMs: 812.4, detail: "Could not find a valid device" } as const;
    expect(chooseEncoder([{ ...fact, ok: true }])).toEqual({ name: "h264_v4l2m2m", why: "its trial run succeeded in 812 ms" });
    const software = chooseEncoder([{ ...fact, ok: false }]);
    expect(software.name).toBe("libx264");
    expect(software.why).toContain("h264_v4l2m2m: Could not find a valid device");
    expect(chooseEncoder([]).name).toBe("libx264");
  });
});

describe("gopFrames", () => {
  it("is whole and at least one", () => {
    expect(gopFrames(goal)).toBe(15);
    expect(gopFrames({ ...goal, fps: 1, gopMs: 100 })).toBe(1);
  });
});

describe("probeEncoder", () => {
  it("believes only a real run of ffmpeg", async () => {
    expect(await probeEncoder("libx264", goal, deps)).toMatchObject({ name: "libx264", ok: true });
  });

  it("takes a missing or failing ffmpeg for a no", async () => {
    expect((await probeEncoder("libx264", goal, { ...deps, ffmpegPath: "/no/such/ffmpeg" })).ok).toBe(false);
    expect((await probeEncoder("libx264", { ...goal, width: 0 }, deps)).ok).toBe(false);
  });

  it("ends an encoder that hangs", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helmcast-probe-"));
    try {
      const hanging = join(folder, "ffmpeg");
      await writeFile(hanging, "#!/bin/sh\nexec sleep 60\n");
      await chmod(hanging, 0o700);
      const fact = await probeEncoder("h264_v4l2m2m", goal, { ...deps, ffmpegPath: hanging });
      expect(fact).toMatchObject({ ok: false, detail: expect.stringContaining("5000 ms") });
      expect(fact.tookMs).toBeLessThan(7000);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 10_000);
});
