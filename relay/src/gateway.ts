import { join } from "node:path";
import type { RelaySettings } from "@helmcast/config/load";
import { type Clock, type Log, runLifecycle, type Service } from "@helmcast/runtime";
import { engineCallbackApp, engineCallbackService } from "./auth/engine-callback.ts";
import { type AdminPassword, adminName, ensureAdmin } from "./auth/first-admin.ts";
import { createIdentities, type Identities } from "./auth/identity.ts";
import { createLoginLimit } from "./auth/login-limit.ts";
import { createPasswords, type PasswordCost, passwordCost } from "./auth/password.ts";
import { authRoutes } from "./auth/routes.ts";
import { makeSecret } from "./auth/secrets.ts";
import { createSignIn } from "./auth/sign-in.ts";
import { createTokens } from "./auth/tokens.ts";
import { createBroker } from "./broker/broker.ts";
import { createMqttUpgrade } from "./broker/websocket.ts";
import { createEngineStreams } from "./cameras/engine-streams.ts";
import { createCameraRegistry } from "./cameras/registry.ts";
import { cameraRoutes } from "./cameras/routes.ts";
import { createDemoEdge } from "./demo/demo-edge.ts";
import { createEngine, type Engine, type EngineDescription, type EngineOptions } from "./engine/engine.ts";
import { createAnswerCache } from "./hls/answer-cache.ts";
import { hlsRoutes } from "./hls/routes.ts";
import { createSharedFetch } from "./hls/shared-fetch.ts";
import { buildApp } from "./http/app.ts";
import { createEngineProxy } from "./http/engine-proxy.ts";
import { createPublicServer } from "./http/public-server.ts";
import { viewerFiles } from "./http/viewer-files.ts";
import { createPictureSource } from "./pictures/picture-source.ts";
import { pictureRoutes } from "./pictures/routes.ts";
import { loadState, type State } from "./state/state.ts";
import { localAddress } from "./status/announce.ts";
import { healthRoutes } from "./status/health.ts";
import { withProgress } from "./status/progress.ts";
import { whepRoutes } from "./whep/routes.ts";
import { createWhepSessions } from "./whep/sessions.ts";

/** What a gateway is made of. */
export type GatewayOptions = {
  readonly settings: RelaySettings;
  /** Folder of the built viewer, and the edge agent's main file for the demo. */
  readonly viewerDir: string;
  readonly edgeMain: string;
  /** This process's environment, handed to children. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Writes a line for the person who started it. */
  readonly say: (line: string) => void;
  /** Tests put a fake in. */
  readonly makeEngine?: (options: EngineOptions) => Engine;
  readonly passwordCost?: PasswordCost;
};

/** A whole gateway. */
export type Gateway = {
  /** Starts everything in order; a half start is undone. @throws AppError */
  start(): Promise<void>;
  /** Stops everything in reverse. */
  stop(): Promise<void>;
  /** After the start: what to tell the person. */
  news(): { readonly engine: EngineDescription; readonly password: AdminPassword; readonly port: number };
  readonly account: string;
};

/** Puts the gateway together. Nothing runs until `start()`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, clock, log } = options;
  const state = loadState(join(settings.dataDir, "state.sqlite"), clock.wallMs());
  try {
    return await assemble(options, state);
  } catch (error) {
    state.close();
    log.debug({ err: error }, "the gateway could not be put together");
    throw error;
  }
}

async function assemble(options: GatewayOptions, state: State): Promise<Gateway> {
  const { settings, clock, random, log, say } = options;
  const secrets = { callback: makeSecret(), api: makeSecret(), hlsCdn: makeSecret() };
  const trust = await buildTrust(options, state);
  const engine = (options.makeEngine ?? createEngine)({ settings, secrets, clock, random, log: log.child({ part: "engine" }) });
  const media = buildMedia(options, state, trust.identities, engine, secrets);
  trust.onSessionEnd((sessionId) => media.endSignIn(sessionId));
  const app = buildApp({
    log: log.child({ part: "http" }),
    routers: [...media.routers, ...trust.routers, viewerFiles(options.viewerDir)],
  });
  const publicServer = createPublicServer({
    app,
    upgrade: createMqttUpgrade(media.broker),
    host: settings.host,
    port: settings.ports.gateway,
  });
  const callback = engineCallbackApp({
    identities: trust.identities,
    callbackSecret: secrets.callback,
    apiSecret: secrets.api,
    log: log.child({ part: "callback" }),
  });
  const demo = createDemoEdge({
    ...{ dataDir: settings.dataDir, site: settings.site, configFile: settings.demoConfig, edgeMain: options.edgeMain, env: options.env },
    ...{ devices: state.devices, clock, random, log: log.child({ part: "demo" }) },
    relayUrl: () => localAddress(settings.host, publicServer.port()),
  });
  const services: Service[] = [
    { name: "state", start: () => Promise.resolve(), stop: async () => state.close() },
    engineCallbackService(callback, settings.ports.callback),
    media.broker,
    publicServer,
    withProgress(engine, "Starting the relay engine", say, clock),
    { name: "engine proxies", start: () => Promise.resolve(), stop: async () => media.close() },
    media.pictures,
    ...(settings.demo ? [withProgress(demo, "Starting the demo edge agent", say, clock)] : []),
  ];
  const lifecycle = runLifecycle(services, log);
  return {
    async start() {
      await lifecycle.start();
      if (trust.password.how === "made") {
        trust.password.keep();
      }
    },
    stop: () => lifecycle.stop(),
    news: () => ({ engine: engine.describe(), password: trust.password, port: publicServer.port() }),
    account: adminName,
  };
}

/** Accounts, tokens and signing in. */
async function buildTrust(options: GatewayOptions, state: State) {
  const { settings, clock } = options;
  const wallMs = () => clock.wallMs();
  const passwords = createPasswords(options.passwordCost ?? passwordCost);
  const password = await ensureAdmin(state.accounts, passwords, settings.adminPassword, wallMs());
  if (password.how !== "kept") {
    // Whoever signed in under the old password is signed out with it.
    state.sessions.endAll(adminName);
  }
  const tokens = createTokens(state.signingKeys, wallMs);
  const identities = createIdentities({ tokens, ...state, wallMs });
  const limit = createLoginLimit(() => clock.monotonicMs());
  const listeners: Array<(sessionId: string) => void> = [];
  const onSessionEnd = (sessionId: string) => listeners.forEach((listener) => void listener(sessionId));
  const signIn = createSignIn({ ...state, tokens, passwords, limit, wallMs, onSessionEnd });
  const { ports, site } = settings;
  const routers = [authRoutes({ signIn, identities, surroundings: { rtspPort: ports.rtsp, mqttPort: ports.mqtt, site } })];
  return { identities, password, routers, onSessionEnd: (listener: (sessionId: string) => void) => void listeners.push(listener) };
}

/** Everything that carries pictures and messages, and the routes to it. */
function buildMedia(options: GatewayOptions, state: State, identities: Identities, engine: Engine, secrets: EngineOptions["secrets"]) {
  const { settings, clock, log } = options;
  const { site, host, ports } = settings;
  const broker = createBroker({ identities, site, host, port: ports.mqtt, clock, log: log.child({ part: "broker" }) });
  const registry = createCameraRegistry(state.cameras, state.devices);
  broker.onStatus((device, status) => registry.announce(device, status));
  const streams = createEngineStreams(() => engine.api.paths(), clock);
  const whepProxy = createEngineProxy(engine.urls.whepBase);
  const hlsProxy = createEngineProxy(engine.urls.hlsBase);
  const sessions = createWhepSessions({ control: engine.api, clock, log: log.child({ part: "whep" }) });
  const cache = createAnswerCache(() => clock.monotonicMs());
  engine.onReady(() => cache.clear());
  const shared = createSharedFetch({ proxy: hlsProxy, cache, cdnSecret: secrets.hlsCdn });
  const pictures = createPictureSource({ rtspPort: ports.rtsp, apiSecret: secrets.api, clock, log: log.child({ part: "pictures" }) });
  const engineReady = async () => (await engine.api.info()).version !== "";
  return {
    broker,
    pictures,
    routers: [
      hlsRoutes({ shared, identities, registry }),
      whepRoutes({ proxy: whepProxy, sessions, identities, registry, apiSecret: secrets.api }),
      pictureRoutes({ pictures, streams, identities, registry }),
      cameraRoutes({ registry, streams, identities }),
      healthRoutes({ engine: engineReady, broker: () => broker.ready }, () => clock.monotonicMs()),
    ],
    endSignIn(signInId: string) {
      broker.endSignIn(signInId);
      pictures.endSignIn(signInId);
      void sessions.endSignIn(signInId);
    },
    close() {
      sessions.stop();
      whepProxy.close();
      hlsProxy.close();
    },
  };
}
