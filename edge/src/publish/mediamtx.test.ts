import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { averageCells, decodeStamp, unwrapStamp } from "@helmcast/config";
import { edgeSettingsSchema } from "@helmcast/config/load";
import { findFreePort } from "@helmcast/config/rig";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { startFakeGateway } from "../test-rig/fake-gateway.ts";
import { findMediamtx } from "../test-rig/find-mediamtx.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { CameraPublisher } from "./camera-publisher.ts";

const run = promisify(execFile);
const binary = findMediamtx();
const closers: Array<() => Promise<unknown> | unknown> = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function startMediamtx(rtspPort: number, callbackUrl: string, folder: string): Promise<() => Promise<void>> {
  const yaml = `authMethod: http
authHTTPAddress: ${callbackUrl}
authHTTPExclude: []
rtspAddress: 127.0.0.1:${rtspPort}
rtspTransports: [tcp]
rtmp: no
hls: no
webrtc: no
srt: no
moq: no
paths: { "~^[a-z0-9-]{1,32}/[a-z0-9-]{1,32}$": {} }
`;
  await writeFile(join(folder, "mediamtx.yml"), yaml);
  const child = spawn(binary ?? "", [join(folder, "mediamtx.yml")], { stdio: "ignore" });
  const exited = new Promise<void>((done) => child.once("close", () => done()));
  return async () => {
    child.kill("SIGKILL");
    await exited;
  };
}

describe.skipIf(binary === null)("CameraPublisher with MediaMTX", () => {
  it("gives a stream with in-band parameter sets, no B-frames, the asked GOP and readable stamps, and returns after the engine died", async () => {
    const folder = await mkdtemp(join(tmpdir(), "helmcast-mtx-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const gateway = await startFakeGateway("right");
    closers.push(() => gateway.close());
    const rtspPort = await findFreePort();
    let stopEngine = await startMediamtx(rtspPort, gateway.callbackUrl, folder);
    closers.push(() => stopEngine());
    const source = { type: "test", width: 640, height: 360 };
    const settings = edgeSettingsSchema.parse({
      relay: { url: "http://x", secretFile: "/x" },
      cameras: [{ id: "front", bitrateKbps: 500, source }],
    });
    const publishers = settings.cameras.map(
      (camera) =>
        new CameraPublisher({
          camera,
          device: "picarx",
          relayHost: "127.0.0.1",
          ffmpegPath: "ffmpeg",
          clock: systemClock,
          log: silentLog(),
          encoder: () => "libx264",
          token: () => ({ accessToken: gateway.token, lifetimeMs: 60_000, rtspPort, mqttPort: 1, site: "demo" }),
          onRefused: () => undefined,
          onChange: () => undefined,
          random: Math.random,
        }),
    );
    for (const publisher of publishers) {
      closers.push(() => publisher.stop());
      await publisher.start();
    }
    const state = () => publishers[0]?.report().state;
    await waitUntil("it publishes", () => state() === "publishing");

    const url = `rtsp://127.0.0.1:${rtspPort}/picarx/front`;
    const probe = [
      "-v",
      "error",
      "-rtsp_transport",
      "tcp",
      "-read_intervals",
      "%+2",
      "-show_entries",
      "stream=codec_name,has_b_frames:packet=flags",
    ];
    const { stdout } = await run("ffprobe", [...probe, "-of", "json", url]);
    const facts: { streams: unknown[]; packets: Array<{ flags: string }> } = JSON.parse(stdout);
    expect(facts.streams[0]).toMatchObject({ codec_name: "h264", has_b_frames: 0 });
    const keys = facts.packets.flatMap((packet, index) => (packet.flags.startsWith("K") ? [index] : []));
    expect(keys.slice(1).map((index, at) => index - (keys[at] ?? 0))).toEqual(keys.slice(1).map(() => 15));

    const raw = join(folder, "out.gray");
    await run("ffmpeg", ["-v", "error", "-rtsp_transport", "tcp", "-i", url, "-frames:v", "20", "-f", "rawvideo", "-pix_fmt", "gray", raw]);
    const gray = await readFile(raw);
    const size = 640 * 360;
    const nowMs = Date.now();
    for (let at = 0; at + size <= gray.length; at += size) {
      const reading = decodeStamp(averageCells(gray.subarray(at, at + size), 640, 360));
      expect(reading.ok).toBe(true);
      expect(Math.abs(nowMs - unwrapStamp(reading.ok ? reading.moduloMs : 0, nowMs))).toBeLessThan(5000);
    }

    await stopEngine();
    await waitUntil("it waits", () => state() === "waiting");
    stopEngine = await startMediamtx(rtspPort, gateway.callbackUrl, folder);
    await waitUntil("it publishes again", () => state() === "publishing", 5000);
  }, 30_000);
});
