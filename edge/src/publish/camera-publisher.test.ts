import { type CameraSettings, edgeSettingsSchema } from "@helmcast/config/load";
import { silentLog, systemClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { findFfmpeg, findProcesses } from "../test-rig/processes.ts";
import { type RtspStub, startRtspStub } from "../test-rig/rtsp-stub.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { CameraPublisher } from "./camera-publisher.ts";

const password = "a-secret-that-must-not-show";
const closers: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

/** An odd picture size finds our own ffmpeg among those of others on the machine. */
function makeCamera(width: number, source: Partial<CameraSettings["source"]> = {}): CameraSettings {
  const camera = { id: "front", source: { type: "test", width, height: 360, fps: 30, ...source }, bitrateKbps: 300, stamp: false };
  const settings = edgeSettingsSchema.parse({ relay: { url: "http://x", secretFile: "/x" }, cameras: [camera] });
  const parsed = settings.cameras[0];
  if (parsed === undefined) {
    throw new Error("no camera");
  }
  return parsed;
}

async function startStub(port = 0): Promise<RtspStub> {
  const stub = await startRtspStub(`picarx:${password}`, port);
  closers.push(() => stub.close());
  return stub;
}

async function startPublisher(camera: CameraSettings, port: number, refusals: { count: number } = { count: 0 }): Promise<CameraPublisher> {
  const publisher = new CameraPublisher({
    camera,
    device: "picarx",
    relayHost: "127.0.0.1",
    ffmpegPath: "ffmpeg",
    encoder: () => "libx264",
    token: () => ({ accessToken: password, lifetimeMs: 60_000, rtspPort: port, mqttPort: 1, site: "demo" }),
    onRefused: () => {
      refusals.count += 1;
    },
    onChange: () => undefined,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog(),
  });
  closers.push(() => publisher.stop());
  await publisher.start();
  return publisher;
}

describe("CameraPublisher", () => {
  it("publishes H.264 with SPS and PPS before each IDR picture, one per GOP, in packets that fit", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(642), stub.port);
    await waitUntil("three GOPs arrived", () => stub.received.nalTypes.filter((type) => type === 7).length >= 4);
    const { nalTypes, largestPacketBytes } = stub.received;
    const pictures = nalTypes.join(" ");
    expect(pictures).toMatch(/^7 8 (6 )?5/);
    expect(nalTypes.filter((type) => type === 8)).toHaveLength(nalTypes.filter((type) => type === 7).length);
    expect(pictures.replaceAll(/7 8 (6 )?5( 5)*/g, "I")).not.toMatch(/5|7|8/);
    expect(largestPacketBytes).toBeLessThanOrEqual(1200);
    expect(publisher.report()).toMatchObject({ state: "publishing", detail: null });
    expect(stub.requests.every((request) => request.endsWith("/picarx/front") || request.includes("/picarx/front/"))).toBe(true);
  });

  it("keeps the credential out of every command line", async () => {
    const stub = await startStub();
    await startPublisher(makeCamera(644), stub.port);
    await waitUntil("it records", () => stub.recordings === 1);
    expect(findFfmpeg("644x360")).toHaveLength(1);
    expect(findProcesses(password)).toEqual([]);
    expect(findProcesses(Buffer.from(`picarx:${password}`).toString("base64"))).toEqual([]);
  });

  it("publishes again within 3 s after ffmpeg was killed, and leaves no ffmpeg when stopped", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(646), stub.port);
    await waitUntil("it publishes", () => publisher.report().state === "publishing");
    const [pid = 0] = findFfmpeg("646x360");
    process.kill(pid, "SIGKILL");
    await waitUntil("it records again", () => stub.recordings === 2, 3000);
    await publisher.stop();
    expect(findFfmpeg("646x360")).toEqual([]);
    expect(publisher.report().state).toBe("stopped");
  });

  it("notices a stopped ffmpeg by its frames, says so and replaces it", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(648), stub.port);
    await waitUntil("it publishes", () => publisher.report().state === "publishing");
    const [pid = 0] = findFfmpeg("648x360");
    process.kill(pid, "SIGSTOP");
    await waitUntil("the stall is seen", () => publisher.report().state === "stalled", 3500);
    expect(publisher.report().detail).toContain("picture stopped");
    await waitUntil("it records again", () => stub.recordings === 2, 4000);
    expect(findFfmpeg("648x360")).not.toContain(pid);
  });

  it("waits without ffmpeg while the relay is away, and returns with it", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(650), stub.port);
    await waitUntil("it publishes", () => publisher.report().state === "publishing");
    await stub.close();
    await waitUntil("it waits", () => publisher.report().detail?.includes("cannot be reached") === true);
    expect(publisher.report().state).toBe("waiting");
    expect(findFfmpeg("650x360")).toEqual([]);
    const again = await startStub(stub.port);
    await waitUntil("it records again", () => again.recordings === 1, 4000);
  });

  it("tells a refusal from a failure, and tries again at once with a new token", async () => {
    const stub = await startStub();
    stub.allowed = "picarx:another";
    const refusals = { count: 0 };
    const publisher = await startPublisher(makeCamera(652), stub.port, refusals);
    await waitUntil("it is refused", () => refusals.count === 1);
    expect(publisher.report()).toMatchObject({ state: "waiting", detail: expect.stringContaining("401") });
    stub.allowed = `picarx:${password}`;
    publisher.useNewToken();
    await waitUntil("it records", () => stub.recordings === 1, 2000);
  });

  it("cuts a dead uplink instead of sending stale video later", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(654), stub.port);
    await waitUntil("it publishes", () => publisher.report().state === "publishing");
    stub.freeze(true);
    let worstBacklogMs = 0;
    await waitUntil(
      "it gives up on the connection",
      () => {
        worstBacklogMs = Math.max(worstBacklogMs, publisher.report().backlogMs);
        return publisher.report().state !== "publishing";
      },
      30_000,
    );
    expect(worstBacklogMs).toBeLessThan(4000);
  }, 40_000);

  it("runs a program's raw frames, and restarts both when the program ends", async () => {
    const stub = await startStub();
    const command = ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=656x360:rate=30", "-t", "1.5"];
    command.push("-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1");
    const publisher = await startPublisher(makeCamera(656, { type: "exec", command }), stub.port);
    await waitUntil("it publishes", () => publisher.report().state === "publishing");
    await waitUntil("the program's end is told", () => publisher.report().detail?.includes("ended with code 0") === true);
    await waitUntil("it records again", () => stub.recordings === 2, 4000);
    await publisher.stop();
    expect(findFfmpeg("656x360")).toEqual([]);
  });

  it("says that the camera's program is not installed", async () => {
    const stub = await startStub();
    const publisher = await startPublisher(makeCamera(658, { type: "exec", command: ["no-such-camera-program"] }), stub.port);
    await waitUntil("it failed", () => publisher.report().state === "failed");
    expect(publisher.report().detail).toContain("no-such-camera-program is not installed");
  });
});
