import { randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ReplyWatcher } from "./rtsp-replies.ts";
import { RequestRewriter } from "./rtsp-requests.ts";
import type { PortPair } from "./uplink-backlog.ts";

/** The relay's RTSP entry and this device's right to it. */
export type TunnelTarget = {
  readonly host: string;
  readonly port: number;
  /** Stream path, `<device>/<camera>`. */
  readonly path: string;
  readonly user: string;
  readonly password: string;
};

/** Why a tunnel ended by itself. */
export type TunnelEnd =
  | { readonly why: "refused"; readonly status: number }
  | { readonly why: "relay-unreachable" | "relay-closed" | "ffmpeg-closed" | "uplink-too-slow" | "ffmpeg-blocked" | "protocol" };

/** What the owner of a tunnel hears. `onEnd` comes at most once, and never after {@link PublishTunnel.close}. */
export type TunnelEvents = {
  readonly onHandshake: () => void;
  readonly onPublishing: () => void;
  /** Video was handed to the network. */
  readonly onSent?: () => void;
  readonly onEnd: (end: TunnelEnd) => void;
};

/** How long the relay may take to accept the connection, ms. */
const connectTimeoutMs = 5000;

/** Bytes of replies that may wait for ffmpeg; it reads them at once unless it is stopped, and RTCP is a few hundred bytes per second. */
const maxReplyBacklogBytes = 65_536;

/**
 * The way out for one run of ffmpeg. ffmpeg pushes to a loopback address with a random name; the tunnel adds the device's credential and
 * passes the stream on to the relay. So the credential never stands in a process list. It takes exactly one connection. Video that
 * waits longer than the bound is stale for a driver, so the connection is cut instead of being caught up.
 */
export class PublishTunnel {
  readonly #target: TunnelTarget;
  readonly #events: TunnelEvents;
  readonly #maxBacklogBytes: number;
  readonly #nonce = randomBytes(16).toString("hex");
  readonly #server: Server;
  readonly #replies = new ReplyWatcher();
  readonly #asked: string[] = [];
  #local: Socket | null = null;
  #relay: Socket | null = null;
  #publishing = false;
  #over = false;
  #bytesSent = 0;
  #kernelBytes = 0;

  /** @param target relay and credential @param maxBacklogBytes bound of unsent video @param events listeners */
  constructor(target: TunnelTarget, maxBacklogBytes: number, events: TunnelEvents) {
    this.#target = target;
    this.#maxBacklogBytes = maxBacklogBytes;
    this.#events = events;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = 1;
  }

  /** Starts to listen on a free loopback port and gives the address for ffmpeg. Rejects when no port can be had. */
  async open(): Promise<string> {
    await new Promise<void>((done, failed) => {
      this.#server.once("error", failed);
      this.#server.listen(0, "127.0.0.1", done);
    });
    this.#server.on("error", () => this.#end({ why: "protocol" }));
    return this.#address();
  }

  /** Bytes handed to the network so far, and bytes that still wait here or in the kernel. */
  stats(): { readonly bytesSent: number; readonly backlogBytes: number } {
    return { bytesSent: this.#bytesSent, backlogBytes: (this.#relay?.writableLength ?? 0) + this.#kernelBytes };
  }

  /** The ports of the connection to the relay, for a look at the kernel's queue; null while there is none. */
  ports(): PortPair | null {
    const local = this.#relay?.localPort;
    return local === undefined || this.#over ? null : { local, remote: this.#target.port };
  }

  /** Tells the tunnel what the kernel holds for it; beyond the bound the connection is cut. */
  noteKernelQueue(bytes: number): void {
    this.#kernelBytes = bytes;
    this.#checkBacklog();
  }

  /** Closes everything, without a word to the owner. Safe to call again. */
  close(): void {
    this.#over = true;
    this.#server.close();
    this.#local?.destroy();
    this.#relay?.destroy();
  }

  #address(): string {
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `rtsp://127.0.0.1:${port}/${this.#nonce}`;
  }

  #accept(local: Socket): void {
    if (this.#local !== null || this.#over) {
      local.destroy();
      return;
    }
    const rewriter = new RequestRewriter({
      from: this.#address(),
      to: `rtsp://${this.#target.host}:${this.#target.port}/${this.#target.path}`,
      authorization: `Basic ${Buffer.from(`${this.#target.user}:${this.#target.password}`).toString("base64")}`,
    });
    this.#server.close();
    const relay = connect({ host: this.#target.host, port: this.#target.port, noDelay: true, timeout: connectTimeoutMs });
    this.#local = local.setNoDelay(true);
    this.#relay = relay;
    this.#events.onHandshake();
    relay.once("connect", () => relay.setTimeout(0));
    relay.once("timeout", () => this.#end({ why: "relay-unreachable" }));
    relay.on("error", () => this.#end({ why: relay.connecting || relay.bytesRead === 0 ? "relay-unreachable" : "relay-closed" }));
    relay.on("close", () => this.#end({ why: "relay-closed" }));
    relay.on("data", (chunk: Buffer) => this.#fromRelay(chunk));
    local.on("error", () => this.#end({ why: "ffmpeg-closed" }));
    local.on("close", () => this.#end({ why: "ffmpeg-closed" }));
    local.on("data", (chunk: Buffer) => this.#fromFfmpeg(rewriter, chunk));
  }

  #fromFfmpeg(rewriter: RequestRewriter, chunk: Buffer): void {
    const result = rewriter.push(chunk);
    if (!result.ok) {
      this.#end({ why: "protocol" });
      return;
    }
    this.#asked.push(...result.methods);
    for (const bytes of result.output) {
      this.#bytesSent += bytes.length;
      this.#relay?.write(bytes);
    }
    if (this.#publishing) {
      this.#events.onSent?.();
    }
    this.#checkBacklog();
  }

  #fromRelay(chunk: Buffer): void {
    if (!this.#publishing) {
      const statuses = this.#replies.push(chunk);
      if (statuses === null) {
        this.#end({ why: "protocol" });
        return;
      }
      for (const status of statuses) {
        const method = this.#asked.shift();
        if (status >= 400) {
          this.#end({ why: "refused", status });
          return;
        }
        this.#publishing ||= method === "RECORD" && status === 200;
      }
      if (this.#publishing) {
        this.#events.onPublishing();
      }
    }
    this.#local?.write(chunk);
    if ((this.#local?.writableLength ?? 0) > maxReplyBacklogBytes) {
      this.#end({ why: "ffmpeg-blocked" });
    }
  }

  #checkBacklog(): void {
    if (this.stats().backlogBytes > this.#maxBacklogBytes) {
      this.#end({ why: "uplink-too-slow" });
    }
  }

  #end(end: TunnelEnd): void {
    if (this.#over) {
      return;
    }
    this.close();
    this.#events.onEnd(end);
  }
}
