import { type Clock, type Log, runLifecycle, type Service } from "@helmcast/runtime";
import { createGuardedServer } from "./api/guarded-server.ts";
import { writeMetrics } from "./api/metrics.ts";
import { createRouter } from "./api/routes.ts";
import type { ApiSources } from "./api/sources.ts";
import { createAuthenticator } from "./auth/http-authenticator.ts";
import { createHlsServer } from "./hls/hls-server.ts";
import { errorReply } from "./http/json-server.ts";
import { createRtspServer, type RtspServer } from "./rtsp/rtsp-server.ts";
import { PublishSession } from "./rtsp-in/publish-session.ts";
import { PlaySession } from "./rtsp-out/play-session.ts";
import type { EmbeddedSettings } from "./settings/embedded-settings.ts";
import { PathStore } from "./settings/path-store.ts";
import type { ApiHlsSession, ApiSession, ApiWebrtcSession } from "./stream/api-types.ts";
import { StreamRegistry } from "./stream/registry.ts";
import type { Authenticator } from "./stream/types.ts";
import { createWebrtcServer } from "./webrtc/webrtc-server.ts";

/** The contract version that is spoken, marked as not being MediaMTX itself. */
export const embeddedVersion = "v1.20.0+embedded";

/** What the relay needs from outside. */
export type EmbeddedRelayDeps = {
  readonly settings: EmbeddedSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** The embedded relay: every listener of the settings. */
export type EmbeddedRelay = Service & {
  readonly streams: StreamRegistry;
  /** The ports that are listened on, null for what is switched off (of use where the settings say 0). */
  ports(): { readonly rtsp: number | null; readonly api: number | null; readonly metrics: number | null };
};

/** Builds the relay. Nothing listens before `start`; `start` undoes itself where one listener fails (AppError HC_EMBEDDED_PORT). */
export function createEmbeddedRelay(deps: EmbeddedRelayDeps): EmbeddedRelay {
  const { settings, clock, random, log } = deps;
  const paths = new PathStore(settings);
  const streams = new StreamRegistry({ paths, clock, log });
  const auth = createAuthenticator({ auth: settings.auth, timeoutMs: settings.readTimeoutMs, clock, random, log });
  const rtsp = settings.rtsp === null ? null : introduceRtsp(deps, streams, auth, settings.rtsp);
  const webrtc = settings.webrtc === null ? null : createWebrtcServer({ ...deps, streams, auth });
  const hls = settings.hls === null ? null : createHlsServer({ ...deps, streams, auth });
  const sources: ApiSources = {
    paths: streams,
    rtsp,
    webrtc: webrtc && { sessions: () => webrtc.sessions().filter(isWebrtc), kick: (id) => webrtc.kick(id) },
    hls: hls && { sessions: () => hls.sessions().filter(isHls), kick: (id) => hls.kick(id), muxers: () => hls.muxers() },
  };
  const guarded = { auth, clock, log };
  const route = createRouter({ sources, paths, version: embeddedVersion, startedWallMs: clock.wallMs(), rawSettings: settings.raw });
  const api = settings.api && createGuardedServer({ ...guarded, name: "api", address: settings.api, answer: route });
  const metrics =
    settings.metrics &&
    createGuardedServer({
      ...guarded,
      name: "metrics",
      address: settings.metrics,
      answer: (request) =>
        request.method === "GET" && request.path === "/metrics"
          ? { status: 200, headers: { "content-type": "text/plain; version=0.0.4" }, body: writeMetrics(sources) }
          : errorReply(404, "not found"),
    });
  const publishers: Service = { name: "streams", start: async () => undefined, stop: async () => streams.closeAll() };
  const services = [publishers, webrtc, hls, rtsp, metrics, api].filter((service) => service !== null);
  const lifecycle = runLifecycle(services, log, { clock });
  return {
    name: "embedded relay",
    streams,
    start: () => lifecycle.start(),
    stop: () => lifecycle.stop(),
    ports: () => ({ rtsp: rtsp?.port() ?? null, api: api?.port() ?? null, metrics: metrics?.port() ?? null }),
  };
}

function introduceRtsp(
  deps: EmbeddedRelayDeps,
  streams: StreamRegistry,
  auth: Authenticator,
  address: NonNullable<EmbeddedSettings["rtsp"]>,
): RtspServer {
  const { clock, log, settings } = deps;
  const shared = { streams, auth, clock, log };
  return createRtspServer({
    address,
    readTimeoutMs: settings.readTimeoutMs,
    clock,
    log,
    kinds: {
      publish: (link) => new PublishSession(link, { ...shared, readTimeoutMs: settings.readTimeoutMs }),
      play: (link) => new PlaySession(link, shared),
    },
  });
}

function isWebrtc(session: ApiSession): session is ApiWebrtcSession {
  return "peerConnectionEstablished" in session;
}

function isHls(session: ApiSession): session is ApiHlsSession {
  return "isCDN" in session;
}
