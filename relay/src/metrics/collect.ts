import { type Transport, transports } from "@helmcast/config";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { engineFigures } from "./engine-figures.ts";
import type { Meters } from "./meters.ts";
import type { EngineScrape } from "./scrape-engine.ts";

/** What is asked for at each reading. */
export type LiveFigures = {
  /** Everything that runs in somebody's name now. */
  readonly watches: () => Iterable<{ readonly transport: Transport; readonly bytes: number | null }>;
  /** The program that runs, or null before the engine's first start. */
  readonly engine: () => { readonly kind: string; readonly version: string } | null;
  /** True while the broker passes messages on. */
  readonly broker: () => boolean;
};

/** The figures of one gateway. */
export type Metrics = {
  readonly meters: Meters;
  /** Call after each start of the engine, the first one too. */
  engineStarted(): void;
  /** The Prometheus text, and its media type. */
  write(): Promise<string>;
  readonly contentType: string;
};

/** Upper ends of the latency classes in seconds: 5 ms is a look into memory, 1 s a held-back playlist, 10 s a device that does not answer. */
const latencyBucketsS = [0.005, 0.015, 0.05, 0.15, 0.5, 1, 2.5, 10];

/** Makes the meters and gathers everything else when somebody reads. */
export function createMetrics(live: LiveFigures, engine: EngineScrape): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { meters, endedBytes } = createMeters(registry);
  addWatches(registry, live, endedBytes);
  addEngine(registry, live, engine);
  addBroker(registry, live);
  const starts = new Counter({ name: "helmcast_engine_starts_total", help: "Starts of the relay engine.", registers: [registry] });
  return {
    meters,
    engineStarted: () => starts.inc(),
    write: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createMeters(registry: Registry): { readonly meters: Meters; readonly endedBytes: Map<Transport, number> } {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name, help, labelNames: [...labelNames], registers });
  const signIns = counter("helmcast_sign_ins_total", "Secrets shown, by door and result.", ["door", "result"]);
  const callbacks = counter("helmcast_engine_callbacks_total", "The engine's questions, by action and answer.", ["action", "answer"]);
  const requests = counter("helmcast_http_requests_total", "Answered requests, by operation and class of status.", ["operation", "status"]);
  const latency = new Histogram({
    name: "helmcast_http_response_seconds",
    help: "Time until an answer began, by operation.",
    labelNames: ["operation"],
    buckets: latencyBucketsS,
    registers,
  });
  const hls = counter("helmcast_hls_answers_total", "LL-HLS answers, by where they came from.", ["source"]);
  const messages = counter("helmcast_broker_messages_total", "Messages that the broker took, by channel.", ["channel"]);
  const refusals = counter("helmcast_broker_refusals_total", "What the broker refused.", ["kind"]);
  const endedBytes = new Map<Transport, number>();
  const meters: Meters = {
    signIns: { count: (door, result) => signIns.inc({ door, result }) },
    callbacks: { count: (action, allowed) => callbacks.inc({ action, answer: allowed ? "yes" : "no" }) },
    requests: {
      observe({ operation, status, tookMs }) {
        requests.inc({ operation, status: `${Math.floor(status / 100)}xx` });
        latency.observe({ operation }, tookMs / 1000);
      },
    },
    hls: { count: (source) => hls.inc({ source }) },
    broker: { message: (channel) => messages.inc({ channel }), refusal: (kind) => refusals.inc({ kind }) },
    watches: { ended: (transport, bytes) => void endedBytes.set(transport, (endedBytes.get(transport) ?? 0) + bytes) },
  };
  return { meters, endedBytes };
}

/** Every transport has its series from the start, so that a graph shows zero in place of a gap. */
function addWatches(registry: Registry, live: LiveFigures, endedBytes: ReadonlyMap<Transport, number>): void {
  const registers = [registry];
  new Gauge({
    name: "helmcast_watches",
    help: "What runs in somebody's name now, by transport.",
    labelNames: ["transport"],
    registers,
    collect() {
      const all = [...live.watches()];
      for (const transport of transports) {
        this.set({ transport }, all.filter((watch) => watch.transport === transport).length);
      }
    },
  });
  new Counter({
    name: "helmcast_sent_bytes_total",
    help: "Bytes sent through the gateway, by transport. WebRTC media does not pass the gateway; the engine counts it.",
    labelNames: ["transport"],
    registers,
    collect() {
      this.reset();
      const totals = new Map(transports.map((transport) => [transport, endedBytes.get(transport) ?? 0]));
      for (const { transport, bytes } of live.watches()) {
        totals.set(transport, (totals.get(transport) ?? 0) + (bytes ?? 0));
      }
      for (const [transport, bytes] of totals) {
        this.inc({ transport }, bytes);
      }
    },
  });
}

function addBroker(registry: Registry, live: LiveFigures): void {
  new Gauge({
    name: "helmcast_broker_up",
    help: "1 while the MQTT broker passes messages on.",
    registers: [registry],
    collect() {
      this.set(live.broker() ? 1 : 0);
    },
  });
}

function addEngine(registry: Registry, live: LiveFigures, engine: EngineScrape): void {
  const registers = [registry];
  new Gauge({
    name: "helmcast_engine_up",
    help: "1 while the relay engine answers.",
    registers,
    async collect() {
      this.set((await engine.read()) === null ? 0 : 1);
    },
  });
  new Gauge({
    name: "helmcast_engine_info",
    help: "Which program the relay engine is.",
    labelNames: ["kind", "version"],
    registers,
    collect() {
      const info = live.engine();
      this.reset();
      if (info !== null) {
        this.set({ kind: info.kind, version: info.version }, 1);
      }
    },
  });
  for (const { name, help, keep } of engineFigures) {
    new Gauge({
      name: `helmcast_engine_${name}`,
      help,
      labelNames: [...keep],
      registers,
      async collect() {
        const series = (await engine.read())?.get(name) ?? [];
        this.reset();
        for (const { labels, value } of series) {
          this.set(labels, value);
        }
      },
    });
  }
}
