import { credentials } from "./callback.ts";
import { type Child, startChild } from "./child.ts";
import type { Engine } from "./engine.ts";
import { waitFor } from "./wait.ts";

/** Options of a publisher. */
export type PublisherOptions = {
  /** Default none. */
  readonly audio?: boolean;
  /** With B-frames, which WebRTC can't carry. */
  readonly bFrames?: boolean;
  /** Pictures between two key frames. Default 30, one second. */
  readonly gop?: number;
  readonly user?: string;
  readonly password?: string;
};

const quiet = ["-nostdin", "-hide_banner", "-loglevel", "error"];

function encode(options: PublisherOptions): string[] {
  const gop = String(options.gop ?? 30);
  const video =
    options.bFrames === true
      ? ["-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-b_strategy", "0"]
      : ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0"];
  const audioIn = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const audioOut = ["-c:a", "libopus", "-b:a", "48k", "-ac", "2"];
  return [
    ...["-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30"],
    ...(options.audio === true ? audioIn : []),
    ...[...video, "-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-b:v", "600k", "-pix_fmt", "yuv420p"],
    ...(options.audio === true ? audioOut : ["-an"]),
  ];
}

/** Starts ffmpeg as the edge runs it: H.264 without B-frames, Opus, RTSP over TCP. */
export function startPublisher(engine: Engine, path: string, options: PublisherOptions = {}): Child {
  const { user, password } = { ...credentials.publisher, ...options };
  const target = `rtsp://${user}:${password}@127.0.0.1:${engine.ports.rtsp}/${path}`;
  return engine.own(
    startChild("ffmpeg", [...quiet, ...encode(options), "-f", "rtsp", "-rtsp_transport", "tcp", "-pkt_size", "1200", target]),
  );
}

/** Starts a publisher and waits until the path is online. */
export async function publish(engine: Engine, path: string, options: PublisherOptions = {}): Promise<Child> {
  const publisher = startPublisher(engine, path, options);
  await waitFor(`${path} to be online`, async () => {
    if (!publisher.running()) {
      throw new Error(`ffmpeg ended: ${publisher.output()}\n${engine.log().slice(-2000)}`);
    }
    return (await engine.api.path(path))?.online;
  });
  return publisher;
}

/** Starts ffmpeg that sends H.264 as RTP over UDP to a loopback port. */
export function startRtpSource(engine: Engine, port: number): Child {
  const args = [...encode({}), "-bsf:v", "dump_extra", "-payload_type", "96", "-f", "rtp", `rtp://127.0.0.1:${port}?pkt_size=1200`];
  return engine.own(startChild("ffmpeg", [...quiet, ...args]));
}

/** Starts ffmpeg that reads a path over RTSP until it is stopped or the stream ends. */
export function startReader(engine: Engine, path: string): Child {
  const { user, password } = credentials.viewer;
  const source = `rtsp://${user}:${password}@127.0.0.1:${engine.ports.rtsp}/${path}`;
  return engine.own(startChild("ffmpeg", [...quiet, "-rtsp_transport", "tcp", "-i", source, "-c", "copy", "-f", "null", "-"]));
}

/** What ffprobe says of a stream. */
export type Probe = {
  readonly streams: ReadonlyArray<{
    readonly codec_name: string;
    readonly codec_type: string;
    readonly width?: number;
    readonly height?: number;
    readonly channels?: number;
    readonly nb_read_frames?: string;
  }>;
};

async function capture(command: string, args: readonly string[], input: Buffer | null): Promise<string> {
  const { spawn } = await import("node:child_process");
  const child = spawn(command, args, {
    stdio: [input === null ? "ignore" : "pipe", "pipe", "pipe"],
    timeout: 12_000,
    killSignal: "SIGKILL",
  });
  let out = "";
  let errors = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  // The program may end before it has read everything; what it wrote is judged.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0 || errors !== "") {
    throw new Error(`${command} ended with ${String(code)}: ${errors.slice(0, 2000)}`);
  }
  return out;
}

/** Decodes bytes of a file and counts pictures and sound frames; throws with what the decoder complained of. */
export async function probeBytes(bytes: Buffer): Promise<Probe> {
  return JSON.parse(
    await capture("ffprobe", ["-v", "error", "-count_frames", "-show_streams", "-of", "json", "-i", "pipe:0"], bytes),
  ) as Probe;
}

/** Reads a path over RTSP for `seconds`, decodes all of it and throws with what the decoder complained of. */
export async function probeRtsp(engine: Engine, path: string, seconds: number): Promise<Probe> {
  const { user, password } = credentials.viewer;
  const source = `rtsp://${user}:${password}@127.0.0.1:${engine.ports.rtsp}/${path}`;
  const args = [
    "-v",
    "error",
    "-rtsp_transport",
    "tcp",
    "-read_intervals",
    `%+${seconds}`,
    "-count_frames",
    "-show_streams",
    "-of",
    "json",
    source,
  ];
  return JSON.parse(await capture("ffprobe", args, null)) as Probe;
}
