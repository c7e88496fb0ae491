import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgeSettingsSchema } from "@helmcast/config/load";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProcesses } from "../test-rig/processes.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { CameraSet } from "./camera-set.ts";

let folder = "";
let cameras: CameraSet;

/** ffmpeg that hangs with its name in the process list, as a wedged hardware encoder does. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "helmcast-set-"));
  const ffmpegPath = join(folder, "ffmpeg");
  await writeFile(ffmpegPath, "#!/bin/sh\nsleep 60\n");
  await chmod(ffmpegPath, 0o700);
  const settings = edgeSettingsSchema.parse({
    relay: { url: "http://x", secretFile: "/x" },
    cameras: [{ id: "front", source: { type: "test" } }],
    ffmpegPath,
  });
  const token = { accessToken: "t", lifetimeMs: 60_000, rtspPort: 1, mqttPort: 1, site: "demo" };
  cameras = new CameraSet({
    settings,
    relayHost: "127.0.0.1",
    tokens: { current: () => token, renew: () => undefined },
    onChange: () => undefined,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog(),
  });
});

afterEach(async () => {
  await cameras.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("CameraSet", () => {
  it("holds nothing up while an encoder hangs, and begins no camera after it was stopped", async () => {
    const startedMs = performance.now();
    await cameras.start();
    const began = cameras.begin();
    await waitUntil("the encoder is tried", () => findProcesses(join(folder, "ffmpeg")).length > 0, 2000);
    await cameras.stop();
    await began;
    expect(performance.now() - startedMs).toBeLessThan(3000);
    expect(findProcesses(join(folder, "ffmpeg"))).toEqual([]);
    expect(cameras.reports()[0]?.report.state).toBe("stopped");
    await cameras.begin();
    expect(cameras.reports()[0]?.report.state).toBe("stopped");
  });
});
