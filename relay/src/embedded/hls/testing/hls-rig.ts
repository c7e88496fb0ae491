import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock, silentLog } from "@helmcast/runtime";
import type { EmbeddedSettings, HlsSettings } from "../../settings/embedded-settings.ts";
import { PathStore } from "../../settings/path-store.ts";
import { StreamRegistry } from "../../stream/registry.ts";
import type { StreamWriter } from "../../stream/types.ts";
import { createHlsServer, type HlsServer } from "../hls-server.ts";
import { RtpPacker, type SamplePicture } from "./sample-stream.ts";

/** A whole HTTP answer. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** How a test fetches: other headers, another method. */
export type FetchOptions = { readonly headers?: Readonly<Record<string, string>>; readonly method?: string };

/** The secret that the rig's server asks for. */
export const rigSecret = "s3cret";

/** A real HLS server on a real socket, fed by a real stream registry, on a clock that the test moves. */
export type HlsRig = {
  readonly server: HlsServer;
  readonly clock: FakeClock;
  readonly registry: StreamRegistry;
  publish(path: string, audio?: boolean): RigPublisher;
  fetch(target: string, options?: FetchOptions): Promise<Answer>;
  stop(): Promise<void>;
};

/** A publisher whose pictures and sounds arrive when the test says so. */
export type RigPublisher = {
  readonly writer: StreamWriter;
  /** Sends pictures, each followed by the sounds up to its end, and moves the clock along. */
  send(pictures: readonly SamplePicture[], sounds?: readonly Buffer[]): Promise<void>;
};

const hlsDefaults: HlsSettings = {
  address: { host: "127.0.0.1", port: 0 },
  segmentCount: 7,
  segmentDurationMs: 1000,
  partDurationMs: 200,
  segmentMaxBytes: 50_000_000,
  alwaysRemux: false,
  muxerCloseAfterMs: 60_000,
  cdnSecret: rigSecret,
  allowOrigins: ["*"],
  readTimeoutMs: 10_000,
  writeTimeoutMs: 10_000,
};

/** Starts a rig with these changes to the usual settings. The paths `demo/av` and `demo/none` are configured. */
export async function startRig(changes: Partial<HlsSettings> = {}): Promise<HlsRig> {
  const clock = new FakeClock();
  const log = silentLog();
  const options = { source: "publisher", overridePublisher: true, maxReaders: 0 };
  const entries = ["demo/av", "demo/none"].map((name) => ({ name, options }));
  const registry = new StreamRegistry({ paths: new PathStore({ pathDefaults: options, paths: entries }), clock, log });
  const settings = createSettings({ ...hlsDefaults, ...changes });
  const auth = { ask: async () => "denied" as const };
  const server = createHlsServer({ settings, streams: registry, auth, clock, random: Math.random, log });
  await server.start();
  return {
    server,
    clock,
    registry,
    publish: (path, audio = false) => publish(registry, clock, path, audio),
    fetch: (target, fetchOptions = {}) => fetchWhole(server.port() ?? 0, target, fetchOptions),
    stop: () => server.stop(),
  };
}

function createSettings(hls: HlsSettings): EmbeddedSettings {
  const off = { api: null, metrics: null, rtsp: null, webrtc: null, auth: { callbackUrl: "http://127.0.0.1:9/", exclude: [] } };
  const pathDefaults = { source: "publisher", overridePublisher: true, maxReaders: 0 };
  return { ...off, logLevel: "error", readTimeoutMs: 10_000, writeTimeoutMs: 10_000, hls, pathDefaults, paths: [], raw: {} };
}

function publish(registry: StreamRegistry, clock: FakeClock, path: string, audio: boolean): RigPublisher {
  const writer = registry.publish({
    path,
    sourceType: "rtspSession",
    sourceId: "test",
    video: null,
    hasVideo: true,
    audio: audio ? { codec: "Opus", channels: 1 } : null,
    close: () => undefined,
  });
  const packer = { video: new RtpPacker(), audio: new RtpPacker() };
  let lastTicks: number | null = null;
  let sent = 0;
  const send = async (pictures: readonly SamplePicture[], sounds: readonly Buffer[] = []): Promise<void> => {
    for (const picture of pictures) {
      await clock.advance(lastTicks === null ? 0 : Math.max(0, (picture.ptsTicks - lastTicks) / 90));
      lastTicks = Math.max(lastTicks ?? 0, picture.ptsTicks);
      for (const packet of packer.video.packPicture(picture)) {
        writer.writeVideoRtp(packet);
      }
      for (; sent < sounds.length && sent * 960 * 90 <= picture.ptsTicks * 48; sent += 1) {
        writer.writeAudioRtp(packer.audio.packSound(sounds[sent] ?? Buffer.alloc(0), sent * 960));
      }
    }
  };
  return { writer, send };
}

function fetchWhole(port: number, target: string, options: FetchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${rigSecret}`, ...options.headers };
    const sent = request({ host: "127.0.0.1", port, path: target, method: options.method ?? "GET", headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** What ffprobe and ffmpeg say of a file: warnings of reading and of decoding it, and its packets. */
export function inspectMedia(media: Buffer): { warnings: string; packets: { pts: number; dts: number; duration: number }[] } {
  const folder = mkdtempSync(join(tmpdir(), "hls-"));
  try {
    const file = join(folder, "media.mp4");
    writeFileSync(file, media);
    const warnings = run("sh", [
      "-c",
      `ffprobe -v warning -show_streams '${file}' 2>&1 >/dev/null; ffmpeg -nostdin -v warning -i '${file}' -f null - 2>&1`,
    ]);
    const table = run("ffprobe", ["-v", "error", "-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0", file]);
    const packets = table
      .trim()
      .split("\n")
      .map((line) => line.split(",").map(Number));
    return { warnings: warnings.trim(), packets: packets.map(([pts = 0, dts = 0, duration = 0]) => ({ pts, dts, duration })) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, parameters: readonly string[]): string {
  return execFileSync(command, parameters, { encoding: "utf8" });
}
