import type { Engine } from "../engine/engine.ts";
import { meterWatches } from "../metrics/meter-watches.ts";
import { createMonitor } from "../metrics/monitor.ts";
import { createWatches } from "../watching/watches.ts";
import type { GatewayOptions } from "./options.ts";

/** The list of all that runs in somebody's name, and the figures of everything. */
export function buildWatching({ settings, clock, log }: GatewayOptions, engine: Engine, apiSecret: string) {
  const plain = createWatches({ clock, log: log.child({ part: "watches" }) });
  const monitor = createMonitor({ engine, engineMetricsPort: settings.ports.engineMetrics, apiSecret, watches: plain, clock, log });
  return { monitor, meters: monitor.meters, watches: meterWatches(plain, monitor.meters.watches) };
}
