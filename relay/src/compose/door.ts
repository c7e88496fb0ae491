import type { Router } from "express";
import type { Broker } from "../broker/types.ts";
import { createMqttUpgrade } from "../broker/websocket.ts";
import { buildApp } from "../http/app.ts";
import { createPublicServer } from "../http/public-server.ts";
import { viewerFiles } from "../http/viewer-files.ts";
import { createVisitorReader } from "../http/visitor.ts";
import type { Monitor } from "../metrics/monitor.ts";
import { openApiRoutes } from "../openapi/routes.ts";
import type { GatewayOptions } from "./options.ts";

/** The public door: the app with every route, its listener, and the way from it to the broker. */
export function buildDoor({ settings, log, viewerDir }: GatewayOptions, monitor: Monitor, broker: Broker, routers: readonly Router[]) {
  const app = buildApp({
    log: log.child({ part: "http" }),
    trustedProxies: settings.trustedProxies,
    guards: monitor.guards,
    routers: [...routers, openApiRoutes(), viewerFiles(viewerDir)],
  });
  const readVisitor = createVisitorReader(app);
  const publicServer = createPublicServer({
    app,
    upgrade: createMqttUpgrade(broker, (request) => readVisitor(request).address),
    host: settings.host,
    port: settings.ports.gateway,
  });
  return { app, publicServer };
}
