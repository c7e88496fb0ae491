import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { deviceIdSchema, routes } from "@helmcast/config";
import { ask } from "./ask.ts";
import type { Stack } from "./start-stack.ts";

/** A publisher beside the demo agent, with the demo device's own rights. */
export type Publisher = {
  /** Resolves with ffmpeg's last words when it ends by itself. */
  readonly refused: Promise<string>;
  stop(): Promise<void>;
};

const maxOutputChars = 20_000;
const picture = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-an", "-pix_fmt", "yuv420p", "-g", "30"];

/** Encoder options for each kind of stream that WebRTC can't carry. */
export const oddStreams = {
  bFrames: ["-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-b_strategy", "0", "-b:v", "300k"],
  hevc: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-b:v", "300k"],
} as const;

/** Publishes `picarx/<camera>` by ffmpeg with a token that the device's secret is exchanged for. */
export async function publish(stack: Stack, camera: string, encode: readonly string[]): Promise<Publisher> {
  const device = deviceIdSchema.parse("picarx");
  const secret = readFileSync(join(stack.dataDir, "demo", "device.secret"), "utf8").trim();
  const headers = { "content-type": "application/json" };
  const reply = await ask(stack.url, { method: "POST", target: routes.token, headers, body: JSON.stringify({ device, secret }) });
  const { accessToken } = JSON.parse(reply.body) as { readonly accessToken: string };
  const credential = `Basic ${Buffer.from(`${device}:${accessToken}`).toString("base64")}`;
  const tunnel = await openTunnel(stack.ports.rtsp, credential);
  const target = `rtsp://127.0.0.1:${tunnel.port}/${device}/${camera}`;
  const child = spawn(
    "ffmpeg",
    ["-nostdin", "-hide_banner", "-loglevel", "error", ...picture, ...encode, "-f", "rtsp", "-rtsp_transport", "tcp", target],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said = (said + chunk).slice(-maxOutputChars);
  });
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(said.replaceAll(accessToken, "..."))));
  return {
    refused: ended,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      tunnel.close();
    },
  };
}

/**
 * A loopback port that passes RTSP on with a credential added to each request. ffmpeg itself cuts passwords in an address off after some
 * 120 characters, and shows them in the process list.
 */
async function openTunnel(enginePort: number, credential: string): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect(enginePort, "127.0.0.1");
    let recording = false;
    client.on("data", (chunk) => {
      // After RECORD come packets, which must pass untouched. Before it ffmpeg writes one whole request at a time.
      const text = recording ? "" : chunk.toString("latin1");
      recording ||= text.startsWith("RECORD ");
      engine.write(
        text === "" ? chunk : Buffer.from(text.replace(/^([A-Z_]+ \S+ RTSP\/1\.0\r\n)/, `$1Authorization: ${credential}\r\n`), "latin1"),
      );
    });
    engine.pipe(client);
    for (const [socket, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
    },
  };
}
