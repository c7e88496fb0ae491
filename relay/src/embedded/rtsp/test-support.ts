import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { FakeClock, silentLog, systemClock } from "@helmcast/runtime";
import { createEmbeddedRelay, type EmbeddedRelay } from "../relay.ts";
import { parseSettings } from "../settings/load-settings.ts";
import { PathStore } from "../settings/path-store.ts";
import { StreamRegistry } from "../stream/registry.ts";
import { writeRtpHeader } from "../stream/rtp.ts";
import type { PublishRequest, StreamReader } from "../stream/types.ts";

/** SPS (640x360, Baseline, 30 frames/s, no reordering) and PPS as x264 writes them. */
export const testSps = Buffer.from("Z0LAHtoCgL/lwEQAAAMABAAAAwDyPFi6gA==", "base64");
/** The PPS that belongs to `testSps`. */
export const testPps = Buffer.from("aM4PyA==", "base64");

/** A settings file with every listener on a free port, WebRTC and HLS off. */
export function testSettingsText(callbackPort: number, { readTimeout = "5s" } = {}): string {
  return `authMethod: http
authHTTPAddress: http://127.0.0.1:${callbackPort}/callback
authHTTPExclude: []
readTimeout: ${readTimeout}
api: true
apiAddress: 127.0.0.1:0
metrics: true
metricsAddress: 127.0.0.1:0
rtspAddress: 127.0.0.1:0
hls: false
webrtc: false
paths:
  fixed/one: {}
  "~^[a-z0-9-]+/[a-z0-9-]+$": {}
`;
}

/** What the callback of a test was asked. */
export type Asked = {
  readonly user: string;
  readonly password: string;
  readonly action: string;
  readonly path: string;
  readonly id: string | null;
};

/** A relay on free ports and the callback that it asks: password `pw` is right. */
export type TestRelay = {
  readonly relay: EmbeddedRelay;
  readonly rtspPort: number;
  readonly asked: Asked[];
  api(path: string, init?: RequestInit): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
};

/** Starts one. */
export async function startTestRelay(options: { readTimeout?: string } = {}): Promise<TestRelay> {
  const asked: Asked[] = [];
  const callback = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      asked.push(question);
      response.writeHead(question.password === "pw" ? 204 : 401).end();
    });
  });
  const callbackPort = await listenAnywhere(callback);
  const { settings } = parseSettings(testSettingsText(callbackPort, options));
  const relay = createEmbeddedRelay({ settings, clock: systemClock, random: () => 0.001, log: silentLog() });
  await relay.start();
  const ports = relay.ports();
  return {
    relay,
    rtspPort: ports.rtsp ?? 0,
    asked,
    async api(path, init = {}) {
      const authorization = `Basic ${Buffer.from("gateway:pw").toString("base64")}`;
      const response = await fetch(`http://127.0.0.1:${ports.api}${path}`, { ...init, headers: { authorization } });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    async stop() {
      await relay.stop();
      callback.closeAllConnections();
      callback.close();
    },
  };
}

/** Listens on a free loopback port. */
export function listenAnywhere(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

/** Waits until `check` says yes, at most `limitMs`. */
export async function waitUntil(check: () => boolean | Promise<boolean>, limitMs = 5000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await check())) {
    if (Date.now() > endMs) {
      throw new Error("the condition did not come true in time");
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A registry on one regex path with a fake clock, for tests without sockets. */
export function testRegistry(options: { overridePublisher?: boolean; maxReaders?: number } = {}): {
  registry: StreamRegistry;
  paths: PathStore;
  clock: FakeClock;
} {
  const pathDefaults = { source: "publisher", overridePublisher: options.overridePublisher ?? true, maxReaders: options.maxReaders ?? 0 };
  const paths = new PathStore({
    pathDefaults,
    paths: [
      { name: "~^[a-z]+/[a-z]+$", options: pathDefaults },
      { name: "fixed/one", options: pathDefaults },
    ],
  });
  const clock = new FakeClock();
  return { registry: new StreamRegistry({ paths, clock, log: silentLog() }), paths, clock };
}

/** What a publisher of H.264 asks for. */
export function testPublishRequest(path: string, more: Partial<PublishRequest> = {}): PublishRequest {
  return {
    path,
    sourceType: "rtspSession",
    sourceId: randomUUID(),
    video: { sps: testSps, pps: testPps },
    hasVideo: true,
    audio: null,
    close: () => undefined,
    ...more,
  };
}

/** A reader that remembers what it got. */
export function testReader(): StreamReader & { readonly got: string[]; readonly pts: number[] } {
  const got: string[] = [];
  const pts: number[] = [];
  return {
    type: "rtspSession",
    id: randomUUID(),
    got,
    pts,
    onVideo: (unit) => {
      got.push(unit.idr ? "idr" : "picture");
      pts.push(unit.pts90k);
    },
    onAudio: (packet) => {
      got.push("sound");
      pts.push(packet.pts48k);
    },
    onTrackChange: (video) => got.push(`track ${video.width}x${video.height}`),
    onEnd: () => got.push("end"),
  };
}

/** One RTP packet. */
export function rtpPacket(fields: { sequence: number; timestamp: number; marker: boolean; payload: Buffer; payloadType?: number }): Buffer {
  const packet = Buffer.alloc(12 + fields.payload.length);
  writeRtpHeader(packet, 0, { payloadType: 96, ssrc: 7, ...fields });
  fields.payload.copy(packet, 12);
  return packet;
}

/** An RTSP client that speaks by hand. */
export class RtspTestClient {
  readonly socket: Socket;
  readonly base: string;
  received = Buffer.alloc(0);
  closed = false;
  #sequence = 0;

  constructor(port: number) {
    this.base = `rtsp://127.0.0.1:${port}`;
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Sends a request and waits for its reply; headers and body in one text. */
  async ask(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<string> {
    this.#sequence += 1;
    const all = { CSeq: `${this.#sequence}`, ...headers, ...(body === "" ? {} : { "Content-Length": `${Buffer.byteLength(body)}` }) };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.received = Buffer.alloc(0);
    this.socket.write(`${method} ${this.base}/${path} RTSP/1.0\r\n${lines.join("")}\r\n${body}`);
    await waitUntil(() => this.received.includes("\r\n\r\n") || this.closed);
    return this.received.toString("latin1");
  }

  /** Announces, sets up and records one H.264 track. */
  async publish(path: string, credentials = "cam:pw"): Promise<string> {
    const authorization = { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
    const announced = await this.ask("ANNOUNCE", path, { ...authorization, "Content-Type": "application/sdp" }, testSdp());
    if (!announced.startsWith("RTSP/1.0 200")) {
      return announced;
    }
    await this.ask("SETUP", `${path}/streamid=0`, { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record" });
    return await this.ask("RECORD", path);
  }

  /** Describes, sets up and plays the video track. */
  async play(path: string, credentials = "viewer:pw"): Promise<string> {
    const authorization = { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
    const described = await this.ask("DESCRIBE", path, authorization);
    if (!described.startsWith("RTSP/1.0 200")) {
      return described;
    }
    await this.ask("SETUP", `${path}/trackID=0`, { ...authorization, Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" });
    return await this.ask("PLAY", path);
  }

  /** Sends an RTP packet on channel 0. */
  sendRtp(packet: Buffer): void {
    const header = Buffer.from([0x24, 0, 0, 0]);
    header.writeUInt16BE(packet.length, 2);
    this.socket.write(Buffer.concat([header, packet]));
  }

  /** Ends the connection. */
  close(): void {
    this.socket.destroy();
  }
}

/** An SDP with one H.264 track. */
export function testSdp(codec = "H264"): string {
  const sprop = `${testSps.toString("base64")},${testPps.toString("base64")}`;
  return [
    "v=0",
    "o=- 0 0 IN IP4 127.0.0.1",
    "s=test",
    "t=0 0",
    "m=video 0 RTP/AVP 96",
    `a=rtpmap:96 ${codec}/90000`,
    `a=fmtp:96 packetization-mode=1; sprop-parameter-sets=${sprop}`,
    "a=control:streamid=0",
    "",
  ].join("\r\n");
}
