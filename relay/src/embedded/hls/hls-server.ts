import { createServer, type Server } from "node:http";
import { AppError } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import type { EmbeddedSettings, HlsSettings } from "../settings/embedded-settings.ts";
import type { ApiMuxer, ApiSession } from "../stream/api-types.ts";
import type { Authenticator, LiveStream, PublishDirectory, StreamDirectory } from "../stream/types.ts";
import { RequestHandler } from "./http/handle-request.ts";
import { AlwaysRemux } from "./muxer/always-remux.ts";
import { PathMuxers } from "./muxer/path-muxers.ts";

/** Where the HLS server finds streams. With `onLive` it also hears of new ones, which hlsAlwaysRemux needs. */
export type HlsStreams = StreamDirectory & { onLive?(listener: (stream: LiveStream) => void): () => void };

/** What the HLS server needs. In CDN mode nobody is asked about a request (MediaMTX contract, section 3.4), so `auth` stays unused. */
export type HlsServerDeps = {
  readonly settings: EmbeddedSettings;
  readonly streams: HlsStreams & PublishDirectory;
  readonly auth: Authenticator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** The HLS server: started and stopped by the relay, asked and told by its control API. */
export type HlsServer = Service & {
  sessions(): readonly ApiSession[];
  /** Ends a session; false where there is none of that id. */
  kick(id: string): boolean;
  muxers(): readonly ApiMuxer[];
  /** The port that it listens on, null while it does not (of use where the settings say 0). */
  port(): number | null;
};

/** How often idle sessions and muxers are looked for, ms. */
const sweepEveryMs = 1000;

/** Connections at once. The gateway is the only client and shares its connections among viewers. */
const maxConnections = 1024;

/** Longest rest of a kept connection between requests, ms (MediaMTX contract, section 3.2). */
const keepAliveMs = 30_000;

/** Makes the LL-HLS server of the embedded relay. Without HLS in the settings it does nothing. */
export function createHlsServer(deps: HlsServerDeps): HlsServer {
  const { settings } = deps;
  return settings.hls === null ? idleServer() : new LiveHlsServer(deps, settings.hls);
}

class LiveHlsServer implements HlsServer {
  readonly name = "hls";
  readonly #deps: HlsServerDeps;
  readonly #settings: HlsSettings;
  readonly #muxers: PathMuxers;
  readonly #always: AlwaysRemux;
  readonly #server: Server;
  #cleanups: (() => void)[] = [];

  constructor(deps: HlsServerDeps, settings: HlsSettings) {
    const { clock, random, log, streams } = deps;
    this.#deps = deps;
    this.#settings = settings;
    this.#muxers = new PathMuxers({ settings, clock, random, log });
    this.#always = new AlwaysRemux({ muxers: this.#muxers, streams, clock, log });
    const send = { clock, writeTimeoutMs: settings.writeTimeoutMs, allowOrigins: settings.allowOrigins };
    const handler = new RequestHandler({ settings, streams, muxers: this.#muxers, send });
    this.#server = createServer(
      { headersTimeout: settings.readTimeoutMs, requestTimeout: settings.readTimeoutMs, keepAliveTimeout: keepAliveMs, noDelay: true },
      (request, response) => handler.handle(request, response),
    );
    this.#server.maxConnections = maxConnections;
  }

  async start(): Promise<void> {
    const { address } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(new AppError("HC_EMBEDDED_PORT", { detail: `hlsAddress is port ${address.port}.`, cause })),
      );
      this.#server.listen({ port: address.port, ...(address.host === null ? {} : { host: address.host }) }, resolve);
    });
    this.#server.on("error", (error) => this.#deps.log.warn({ err: error }, "HLS listener"));
    this.#scheduleSweep();
    if (this.#settings.alwaysRemux) {
      const forget = this.#deps.streams.onLive?.((stream) => this.#always.add(stream));
      this.#cleanups.push(() => forget?.());
    }
  }

  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) {
      cleanup();
    }
    this.#muxers.closeAll();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  sessions(): readonly ApiSession[] {
    return this.#muxers.listSessions();
  }

  kick(id: string): boolean {
    return this.#muxers.kick(id);
  }

  muxers(): readonly ApiMuxer[] {
    return this.#muxers.listMuxers();
  }

  port(): number | null {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : null;
  }

  #scheduleSweep(): void {
    let cancel = (): void => undefined;
    const sweepLater = (): void => {
      cancel = this.#deps.clock.after(
        sweepEveryMs,
        () => {
          this.#muxers.sweep();
          this.#always.sweep();
          sweepLater();
        },
        true,
      );
    };
    sweepLater();
    this.#cleanups.push(() => cancel());
  }
}

function idleServer(): HlsServer {
  return {
    name: "hls",
    start: async () => undefined,
    stop: async () => undefined,
    sessions: () => [],
    kick: () => false,
    muxers: () => [],
    port: () => null,
  };
}
