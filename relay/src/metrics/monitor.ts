import type { Clock, Log, Service } from "@helmcast/runtime";
import type { RequestHandler, Router } from "express";
import type { Identities } from "../auth/identity.ts";
import { whoOf } from "../auth/middleware.ts";
import type { Broker } from "../broker/types.ts";
import type { Engine } from "../engine/engine.ts";
import { observeRequests } from "../http/observe-requests.ts";
import { apiRule, createRequestLimit, limitRequests } from "../http/request-limit.ts";
import type { Watches } from "../watching/watches.ts";
import { createMetrics } from "./collect.ts";
import type { Meters } from "./meters.ts";
import { metricsRoutes } from "./routes.ts";
import { createEngineScrape } from "./scrape-engine.ts";

/** What watches over a gateway: its meters, what runs before every request, and `GET /metrics`. */
export type Monitor = Service & {
  readonly meters: Meters;
  /** For the public app, in this order: counting, then the limit, so that what is refused is counted too. */
  readonly guards: readonly RequestHandler[];
  /** @param token Prometheus' own token, or null @param broker whose state is shown */
  routes(identities: Identities, token: string | null, broker: Pick<Broker, "ready">): Router;
};

/** @param parts.watches the list itself, not the one that counts */
export function createMonitor(parts: {
  readonly engine: Pick<Engine, "describe" | "onReady">;
  readonly engineMetricsPort: number;
  readonly apiSecret: string;
  readonly watches: Pick<Watches, "all">;
  readonly clock: Clock;
  readonly log: Log;
}): Monitor {
  const { engine, watches, clock, log } = parts;
  const monotonicMs = () => clock.monotonicMs();
  const scrape = createEngineScrape({ origin: `http://127.0.0.1:${parts.engineMetricsPort}`, apiSecret: parts.apiSecret, monotonicMs });
  let started = false;
  const describe = () => (started ? engine.describe() : null);
  const listWatches = () => watches.all().map(({ transport, bytes }) => ({ transport, bytes: bytes() }));
  let brokerReady = () => false;
  const metrics = createMetrics({ watches: listWatches, engine: describe, broker: () => brokerReady() }, scrape);
  engine.onReady(() => {
    started = true;
    metrics.engineStarted();
  });
  return {
    name: "monitor",
    meters: metrics.meters,
    guards: [
      observeRequests({ meter: metrics.meters.requests, clock, log: log.child({ part: "access" }), whoOf }),
      limitRequests(createRequestLimit(apiRule, monotonicMs)),
    ],
    routes(identities, token, broker) {
      brokerReady = () => broker.ready;
      return metricsRoutes({ metrics, identities, token });
    },
    start: () => Promise.resolve(),
    stop: () => scrape.close(),
  };
}
