import { lookup } from "node:dns/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { AppError } from "@helmcast/config";
import type { Clock, Log, Service } from "@helmcast/runtime";
import { listen, portOf } from "../http/listen.ts";
import type { EmbeddedSettings, WebrtcSettings } from "../settings/embedded-settings.ts";
import type { ApiWebrtcSession } from "../stream/api-types.ts";
import type { Authenticator, PublishDirectory, StreamDirectory } from "../stream/types.ts";
import { refuse, sendReply } from "./http-reply.ts";
import { allowOrigin } from "./http-request.ts";
import { createNodeDatachannelPeers } from "./node-datachannel-peer.ts";
import type { PeerFactory } from "./peer.ts";
import { createRtpWriter } from "./rtp-packet.ts";
import { SessionTable } from "./session-table.ts";
import { type HttpDeps, handleRequest } from "./whep-http.ts";

/** What the WebRTC server works with. `peers` is there for tests; libdatachannel otherwise. */
export type WebrtcServerDeps = {
  readonly settings: EmbeddedSettings;
  readonly streams: StreamDirectory & PublishDirectory;
  readonly auth: Authenticator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly peers?: PeerFactory;
};

/** WHEP and WHIP, and what the control API asks of them. */
export type WebrtcServer = Service & {
  /** The port that signalling listens on; 0 before the start. */
  readonly port: number;
  /** Every session that lives now. */
  sessions(): readonly ApiWebrtcSession[];
  /** Ends a session; false when there is none with this id. */
  kick(id: string): boolean;
};

/** How often sessions are looked at for timeouts. */
const sweepEveryMs = 500;
/** Connections at once on the signalling port; the gateway needs a few dozen. */
const maxConnections = 512;
/** Longest look-up of one name of webrtcAdditionalHosts. */
const maxLookupMs = 3000;

/** Makes the WHEP and WHIP server. Without WebRTC in the settings it starts nothing. */
export function createWebrtcServer(deps: WebrtcServerDeps): WebrtcServer {
  const { settings, clock, log } = deps;
  const webrtc = settings.webrtc;
  const table = new SessionTable();
  let running: Running | null = null;
  return {
    name: "webrtc",
    get port() {
      return running === null ? 0 : portOf(running.server);
    },
    sessions: () => table.describe(),
    kick(id) {
      const session = table.findById(id);
      session?.close("it was kicked");
      return session !== null;
    },
    async start() {
      if (webrtc !== null && running === null) {
        running = await startServer(deps, webrtc, table);
        log.info({ port: portOf(running.server), media: webrtc.localUdp?.port }, "WHEP and WHIP listen");
      }
    },
    async stop() {
      const stopping = running;
      running = null;
      await stopping?.stop();
    },
  };

  type Running = { readonly server: Server; stop(): Promise<void> };

  async function startServer(all: WebrtcServerDeps, own: WebrtcSettings, sessions: SessionTable): Promise<Running> {
    const media = own.localUdp;
    if (media === null) {
      throw new AppError("HC_EMBEDDED_SETTINGS", { detail: "webrtcLocalUDPAddress is empty: media needs a UDP port." });
    }
    const peers = all.peers ?? createNodeDatachannelPeers(media);
    await peers.start();
    const http: HttpDeps = {
      ...all,
      settings: own,
      peers,
      table: sessions,
      writeRtp: createRtpWriter(),
      additionalAddresses: await resolveHosts(own.additionalHosts, clock, log),
    };
    const server = createServer((request, response) => void answer(request, response, http));
    server.requestTimeout = own.readTimeoutMs;
    server.headersTimeout = own.readTimeoutMs;
    server.maxConnections = maxConnections;
    await listen(server, own.address, "webrtcAddress");
    sessions.open();
    const stopSweeping = sweep(sessions, clock);
    return {
      server,
      async stop() {
        stopSweeping();
        sessions.close("the relay is stopping");
        await peers.stop();
        await close(server);
      },
    };
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, http: HttpDeps): Promise<void> {
  const origin = allowOrigin(http.settings.allowOrigins, request.headers.origin);
  try {
    sendReply(response, await handleRequest(request, http), origin);
  } catch (err) {
    http.log.error({ err, method: request.method }, "a WHEP or WHIP request failed");
    sendReply(response, refuse("HC_INTERNAL"), origin);
  }
  // A body that nobody read would keep the connection from its next request.
  request.resume();
}

function sweep(table: SessionTable, clock: Clock): () => void {
  let cancel = (): void => undefined;
  const run = (): void => {
    for (const session of table.list()) {
      session.tick();
    }
    cancel = clock.after(sweepEveryMs, run, true);
  };
  run();
  return () => cancel();
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Turns names into addresses, once, at the start (MediaMTX contract, section 1.8). A name that can't be resolved is left out. */
async function resolveHosts(hosts: readonly string[], clock: Clock, log: Log): Promise<string[]> {
  const resolved = await Promise.all(hosts.map((host) => (isIP(host) === 0 ? resolveName(host, clock, log) : [host])));
  return resolved.flat();
}

async function resolveName(host: string, clock: Clock, log: Log): Promise<string[]> {
  let cancel = (): void => undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(maxLookupMs, () => reject(new Error("no answer in time")), true);
  });
  try {
    const found = await Promise.race([lookup(host, { all: true }), timeout]);
    return found.map((entry) => entry.address);
  } catch (err) {
    log.warn({ err, host }, "a name in webrtcAdditionalHosts can't be resolved and is not offered");
    return [];
  } finally {
    cancel();
  }
}
