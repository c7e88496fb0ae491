import type { Identities } from "../auth/identity.ts";
import { createEngineStreams } from "../cameras/engine-streams.ts";
import { createCameraRegistry } from "../cameras/registry.ts";
import { cameraRoutes } from "../cameras/routes.ts";
import { createDetections } from "../detections/detections.ts";
import type { Engine, EngineOptions } from "../engine/engine.ts";
import { createAnswerCache } from "../hls/answer-cache.ts";
import { hlsRoutes } from "../hls/routes.ts";
import { createSharedFetch } from "../hls/shared-fetch.ts";
import { createHlsViewers } from "../hls/viewers.ts";
import { createEngineProxy } from "../http/engine-proxy.ts";
import { meterCache } from "../metrics/meter-cache.ts";
import type { Meters } from "../metrics/meters.ts";
import { createPictureSource } from "../pictures/picture-source.ts";
import { pictureRoutes } from "../pictures/routes.ts";
import { createSignallingSessions } from "../signalling/session-table.ts";
import type { State } from "../state/state.ts";
import { healthRoutes } from "../status/health.ts";
import type { DeviceProofs } from "../watching/device-proofs.ts";
import { createDeviceStreams } from "../watching/device-streams.ts";
import { createRevoker } from "../watching/revoker.ts";
import { watchRoutes } from "../watching/routes.ts";
import { createStanding } from "../watching/standing.ts";
import type { Watches } from "../watching/watches.ts";
import { whepRoutes } from "../whep/routes.ts";
import { whipRoutes } from "../whip/routes.ts";
import { buildDriving } from "./driving.ts";
import type { GatewayOptions } from "./options.ts";

/** What pictures and messages need of the other parts. */
type MediaNeeds = {
  readonly identities: Identities;
  readonly proofs: DeviceProofs;
  readonly watches: Watches;
  readonly meters: Meters;
};

/** Everything that carries pictures and messages, and the routes to it. */
export function buildMedia(options: GatewayOptions, state: State, trust: MediaNeeds, engine: Engine, secrets: EngineOptions["secrets"]) {
  const { clock, log } = options;
  const { ports, iceServers } = options.settings;
  const wallMs = () => clock.wallMs();
  const { identities, proofs, watches, meters } = trust;
  const driving = buildDriving(options, state, { identities, watches, meters });
  const { broker } = driving;
  const registry = createCameraRegistry(state.cameras, state.devices);
  broker.onStatus((device, status) => registry.announce(device, status));
  const streams = createEngineStreams(() => engine.api.paths(), clock);
  const whepProxy = createEngineProxy(engine.urls.whepBase);
  const hlsProxy = createEngineProxy(engine.urls.hlsBase);
  const sessions = createSignallingSessions({ control: engine.api, watches, clock, log: log.child({ part: "webrtc" }) });
  const signalling = { proxy: whepProxy, sessions, watches, identities, apiSecret: secrets.api, iceServers, wallMs };
  const deviceStreams = createDeviceStreams({
    control: engine.api,
    devices: state.devices,
    proofs,
    clock,
    log: log.child({ part: "rtsp" }),
  });
  const revoker = createRevoker({ watches, standing: createStanding({ identities, ...state, wallMs }), streams: deviceStreams, clock });
  const cache = meterCache(
    createAnswerCache(() => clock.monotonicMs()),
    meters.hls,
  );
  engine.onReady(() => cache.clear());
  const viewers = createHlsViewers({ book: watches, clock });
  const shared = createSharedFetch({ proxy: hlsProxy, cache, cdnSecret: secrets.hlsCdn });
  const pictures = createPictureSource({ rtspPort: ports.rtsp, apiSecret: secrets.api, clock, log: log.child({ part: "pictures" }) });
  const engineReady = async () => (await engine.api.info()).version !== "";
  return {
    broker,
    leases: driving.leases,
    registry,
    streams,
    pictures,
    revoker,
    routers: [
      ...driving.routers,
      hlsRoutes({ shared, viewers, identities, registry }),
      whipRoutes({ ...signalling, devices: state.devices }),
      whepRoutes({ ...signalling, registry }),
      pictureRoutes({ pictures, streams, identities, registry, watches }),
      watchRoutes({ watches, identities, ...state, wallMs }),
      cameraRoutes({ registry, streams, identities }),
      createDetections({ broker, registry, streams, identities, watches, clock }),
      healthRoutes({ engine: engineReady, broker: () => broker.ready }, () => clock.monotonicMs()),
    ],
    close() {
      driving.close();
      viewers.stop();
      sessions.stop();
      whepProxy.close();
      hlsProxy.close();
    },
  };
}
