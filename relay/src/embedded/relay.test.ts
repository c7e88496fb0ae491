import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RtspTestClient, rtpPacket, startTestRelay, type TestRelay, waitUntil } from "./rtsp/test-support.ts";

let test: TestRelay;
const clients: RtspTestClient[] = [];
const children: ChildProcess[] = [];

function open(): RtspTestClient {
  const client = new RtspTestClient(test.rtspPort);
  clients.push(client);
  return client;
}

/** Starts ffmpeg as a publisher of a test picture. */
function publish(path: string, args: readonly string[]): ChildProcess {
  const input = ["-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30"];
  const child = spawn("ffmpeg", [
    ...input,
    ...args,
    "-f",
    "rtsp",
    "-rtsp_transport",
    "tcp",
    `rtsp://cam:pw@127.0.0.1:${test.rtspPort}/${path}`,
  ]);
  children.push(child);
  return child;
}

/** Runs a tool to its end. */
function run(command: string, args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(command, args);
  children.push(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-b:v", "500k"];

beforeEach(async () => {
  test = await startTestRelay();
});

afterEach(async () => {
  for (const client of clients.splice(0)) {
    client.close();
  }
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  await test.stop();
});

describe("embedded relay with real ffmpeg", () => {
  it.each([
    ["without parameter sets in band, default packet size", []],
    ["with dump_extra and 1200-byte packets", ["-bsf:v", "dump_extra", "-pkt_size", "1200"]],
  ])(
    "carries frames that decode without an error: %s",
    async (_name, more) => {
      publish("dev/main", [...x264, ...more]);
      await waitUntil(() => test.relay.streams.find("dev/main")?.video != null);
      const url = `rtsp://viewer:pw@127.0.0.1:${test.rtspPort}/dev/main`;
      const decoded = await run("ffmpeg", ["-v", "error", "-rtsp_transport", "tcp", "-i", url, "-frames:v", "20", "-f", "framehash", "-"]);
      expect(decoded.stderr).toBe("");
      const frames = decoded.stdout.split("\n").filter((line) => /^0,/.test(line));
      expect(frames).toHaveLength(20);
      expect(new Set(frames.map((line) => line.split(",").at(-1))).size).toBe(20);
    },
    15_000,
  );

  it("carries sound beside the picture and describes both", async () => {
    publish("dev/main", ["-f", "lavfi", "-i", "sine=sample_rate=48000", ...x264, "-c:a", "libopus", "-b:a", "32k"]);
    await waitUntil(() => test.relay.streams.find("dev/main")?.video != null);
    const url = `rtsp://viewer:pw@127.0.0.1:${test.rtspPort}/dev/main`;
    const probe = await run("ffprobe", ["-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_name", "-of", "csv", url]);
    expect(probe.stdout.trim().split("\n")).toEqual(["stream,h264", "stream,opus"]);
    const { body } = await test.api("/v3/paths/get/dev/main");
    expect(body).toMatchObject({ online: true, source: { type: "rtspSession" }, tracks: ["H264", "Opus"] });
    expect(body["tracks2"]).toMatchObject([{ codecProps: { width: 320, height: 180 } }, { codecProps: { channelCount: 1 } }]);
  }, 15_000);

  it("names B-frames as the reason against WebRTC and still plays the stream by RTSP", async () => {
    publish("dev/main", ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "15", "-pix_fmt", "yuv420p"]);
    await waitUntil(() => test.relay.streams.find("dev/main")?.webrtcRefusal != null, 10_000);
    expect(test.relay.streams.find("dev/main")?.webrtcRefusal).toMatch(/B-frames/);
    const url = `rtsp://viewer:pw@127.0.0.1:${test.rtspPort}/dev/main`;
    const decoded = await run("ffmpeg", ["-v", "error", "-rtsp_transport", "tcp", "-i", url, "-frames:v", "10", "-f", "null", "-"]);
    expect(decoded.code).toBe(0);
  }, 15_000);

  it("marks the path offline when the publisher is killed and ends its readers", async () => {
    const publisher = publish("dev/main", x264);
    await waitUntil(() => test.relay.streams.find("dev/main")?.video != null);
    const reader = open();
    expect(await reader.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    publisher.kill("SIGKILL");
    await waitUntil(() => reader.closed);
    expect(test.relay.streams.find("dev/main")).toBeNull();
    expect((await test.api("/v3/paths/get/dev/main")).status).toBe(404);
  }, 15_000);

  it("refuses H.265 and tells why, and the path stays free", async () => {
    const client = open();
    const { testSdp } = await import("./rtsp/test-support.ts");
    const authorization = { Authorization: `Basic ${Buffer.from("cam:pw").toString("base64")}` };
    const reply = await client.ask("ANNOUNCE", "dev/main", { ...authorization, "Content-Type": "application/sdp" }, testSdp("H265"));
    expect(reply).toMatch(/^RTSP\/1.0 400/);
    expect(reply).toMatch(/HC_EMBEDDED_CODEC: Only H.264 video and Opus audio.*H265 can't be carried/);
    expect(await open().publish("dev/main")).toMatch(/^RTSP\/1.0 200/);
  });
});

describe("embedded relay under hostile clients", () => {
  it("drops a reader that takes nothing while another keeps every picture", async () => {
    const publisher = open();
    await publisher.publish("dev/main");
    const slow = open();
    const fast = open();
    expect(await slow.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    expect(await fast.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    slow.socket.pause();
    let pictures = 0;
    let bytes = 0;
    fast.socket.removeAllListeners("data");
    const { RtspParser } = await import("./rtsp/message-parser.ts");
    const parser = new RtspParser();
    fast.socket.on("data", (chunk) => {
      parser.push(chunk);
      for (let item = parser.next(); item !== null; item = parser.next()) {
        if (item.kind === "interleaved" && item.channel === 0) {
          bytes += item.payload.length;
          pictures += ((item.payload[1] ?? 0) & 0x80) === 0 ? 0 : 1;
        }
      }
    });
    const slice = Buffer.concat([Buffer.from([0x65, 0x88]), randomBytes(60_000)]);
    const sent = 300;
    for (let picture = 0; picture < sent; picture += 1) {
      publisher.sendRtp(rtpPacket({ sequence: picture, timestamp: picture * 3000, marker: true, payload: slice }));
      await waitUntil(() => pictures > picture - 20);
    }
    await waitUntil(() => pictures === sent);
    expect(bytes).toBeGreaterThan(sent * slice.length);
    slow.socket.resume();
    await waitUntil(() => slow.closed);
    expect(fast.closed).toBe(false);
    const { body } = await test.api("/v3/rtspsessions/list");
    expect(body["itemCount"]).toBe(2);
  }, 15_000);

  it("survives 10,000 lumps of garbage, also in the middle of a session, without growing and without disturbing a stream", async () => {
    const publisher = open();
    await publisher.publish("dev/main");
    const slice = Buffer.concat([Buffer.from([0x65, 0x88]), randomBytes(200)]);
    const sendPicture = (index: number): void =>
      publisher.sendRtp(rtpPacket({ sequence: index, timestamp: index * 3000, marker: true, payload: slice }));
    const starts = ["", "$", "ANNOUNCE rtsp://x/a/b RTSP/1.0\r\n", "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", "A".repeat(20_000)];
    const before = process.memoryUsage().rss;
    const lumps = 10_000;
    const perClient = 100;
    for (let done = 0; done < lumps; done += perClient) {
      const client = open();
      await waitUntil(() => !client.socket.connecting);
      client.socket.write(starts[(done / perClient) % starts.length] ?? "");
      for (let lump = 0; lump < perClient; lump += 1) {
        client.socket.write(randomBytes(1 + (lump % 64)));
      }
      client.socket.end();
      await waitUntil(() => client.closed);
      sendPicture(done / perClient);
    }
    await waitUntil(async () => Number((await test.api("/v3/paths/get/dev/main")).body["inboundBytes"]) >= 100 * slice.length);
    expect((await test.api("/v3/paths/get/dev/main")).body["inboundFramesInError"]).toBe(0);
    expect((await test.api("/v3/rtspconns/list")).body["itemCount"]).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  }, 15_000);

  it("stops in order: publishers and readers are gone, ports are free", async () => {
    const publisher = open();
    await publisher.publish("dev/main");
    const reader = open();
    expect(await reader.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    await test.relay.stop();
    await waitUntil(() => publisher.closed && reader.closed);
    const late = open();
    await waitUntil(() => late.closed);
  });
});

describe("two publishers of one path", () => {
  it("lets the newcomer take over, ends the first and its readers", async () => {
    const first = open();
    await first.publish("dev/main");
    const reader = open();
    expect(await reader.play("dev/main")).toMatch(/^RTSP\/1.0 200/);
    const second = open();
    expect(await second.publish("dev/main")).toMatch(/^RTSP\/1.0 200/);
    await waitUntil(() => first.closed && reader.closed);
    expect(second.closed).toBe(false);
    expect((await test.api("/v3/rtspsessions/list")).body["itemCount"]).toBe(1);
  });

  it("refuses the newcomer where overridePublisher is false", async () => {
    await test.api("/v3/config/paths/patch/fixed/one", { method: "PATCH", body: JSON.stringify({ overridePublisher: false }) });
    const first = open();
    await first.publish("fixed/one");
    const second = open();
    const reply = await second.publish("fixed/one");
    expect(reply).toMatch(/^RTSP\/1.0 400/);
    expect(reply).toContain("already publishing");
    expect(first.closed).toBe(false);
  });
});
