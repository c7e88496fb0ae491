import { join } from "node:path";
import { runLifecycle, type Service } from "@helmcast/runtime";
import { type DataLock, takeDataLock } from "./admin/data-lock.ts";
import { engineCallbackApp, engineCallbackService } from "./auth/engine-callback.ts";
import { type AdminPassword, adminName } from "./auth/first-admin.ts";
import { makeSecret } from "./auth/secrets.ts";
import { buildAdministration } from "./compose/administration.ts";
import { buildDoor } from "./compose/door.ts";
import { buildMedia } from "./compose/media.ts";
import type { GatewayOptions } from "./compose/options.ts";
import { buildTrust } from "./compose/trust.ts";
import { buildWatching } from "./compose/watching.ts";
import { createDemoEdge } from "./demo/demo-edge.ts";
import { createEngine, type EngineDescription } from "./engine/engine.ts";
import { readMetricsToken } from "./metrics/routes.ts";
import { type AppRoute, listRoutes } from "./openapi/list-routes.ts";
import { loadState, type State } from "./state/state.ts";
import { localAddress } from "./status/announce.ts";
import { withProgress } from "./status/progress.ts";

/** A whole gateway. */
export type Gateway = {
  /** Starts everything in order; a half start is undone. @throws AppError */
  start(): Promise<void>;
  /** Stops everything in reverse. */
  stop(): Promise<void>;
  /** After the start: what to tell the person. */
  news(): { readonly engine: EngineDescription; readonly password: AdminPassword; readonly port: number };
  readonly account: string;
  /** Every route of the public app, for the test that holds them equal to the contract's operations. */
  routes(): readonly AppRoute[];
};

/** How long a command line that works in the data folder right now is waited for, in ms. */
const dataLockLimitMs = 5000;

/** Puts the gateway together. Nothing runs until `start()`. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, clock, log } = options;
  const lock = await takeDataLock(settings.dataDir, dataLockLimitMs, clock);
  let state: State | null = null;
  try {
    state = loadState(join(settings.dataDir, "state.sqlite"), clock.wallMs());
    return await assemble(options, state, lock);
  } catch (error) {
    state?.close();
    lock.release();
    log.debug({ err: error }, "the gateway could not be put together");
    throw error;
  }
}

async function assemble(options: GatewayOptions, state: State, lock: DataLock): Promise<Gateway> {
  const { settings, clock, random, log, say } = options;
  const secrets = { callback: makeSecret(), api: makeSecret(), hlsCdn: makeSecret() };
  const engine = (options.makeEngine ?? createEngine)({ settings, secrets, clock, random, log: log.child({ part: "engine" }) });
  const { monitor, meters, watches } = buildWatching(options, engine, secrets.api);
  const trust = await buildTrust(options, state, meters);
  const media = buildMedia(options, state, { ...trust, watches, meters }, engine, secrets);
  trust.onSessionEnd((sessionId) => media.revoker.signInEnded(sessionId));
  const administration = buildAdministration(options, state, { ...trust, ...media, watches, meters });
  const { app, publicServer } = buildDoor(options, monitor, media.broker, [
    ...media.routers,
    ...trust.routers,
    ...administration.routers,
    monitor.routes(trust.identities, readMetricsToken(settings.metricsTokenFile), media.broker),
  ]);
  const callback = engineCallbackApp({
    identities: trust.identities,
    callbackSecret: secrets.callback,
    apiSecret: secrets.api,
    log: log.child({ part: "callback" }),
    onDevice: trust.proofs.note,
    meter: meters.callbacks,
  });
  const demo = createDemoEdge({
    dataDir: settings.dataDir,
    site: settings.site,
    configFile: settings.demoConfig,
    edgeMain: options.edgeMain,
    env: options.env,
    devices: state.devices,
    enrol: administration.enrol,
    clock,
    random,
    log: log.child({ part: "demo" }),
    relayUrl: () => localAddress(settings.host, publicServer.port()),
  });
  const services: Service[] = [
    { name: "state", start: () => Promise.resolve(), stop: async () => closeState(state, lock) },
    administration.control,
    trust.keyRotation,
    engineCallbackService(callback, settings.ports.callback),
    media.broker,
    media.leases,
    publicServer,
    withProgress(engine, "Starting the relay engine", say, clock),
    { name: "engine proxies", start: () => Promise.resolve(), stop: async () => media.close() },
    media.pictures,
    media.revoker,
    administration.shareExpiry,
    monitor,
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
    routes: () => listRoutes(app),
  };
}

function closeState(state: State, lock: DataLock): void {
  state.close();
  lock.release();
}
