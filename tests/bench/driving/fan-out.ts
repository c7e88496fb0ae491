import { buildTopic, driveLimits, routes, tokenReplySchema } from "@helmcast/config";
import mqtt from "mqtt";
import { machineMs } from "../../drive/rig/car-log.ts";
import { findMosquitto } from "../../drive/rig/find-mosquitto.ts";
import { type BrokerKind, enrolDevice, post, type RelayProcess, startRelayProcess } from "../../drive/rig/relay-process.ts";
import { account } from "../../rig/start-stack.ts";
import { drawTable, showFigure, showPercent, showRatio } from "../draw.ts";
import { type ListenResult, runListeners } from "../load/load-jobs.ts";
import { readCpuS } from "../load/read-cpu.ts";
import type { Cleanup } from "../rig/cleanup.ts";

const device = "fan";
const topic = buildTopic({ site: "demo", device, channel: "telemetry" });
const counts = [1, 100, 500] as const;
const idleCount = 500;
/** How long each number of listeners is counted, s. */
const countS = 5;
/** Connections that one sign-in opens; the gateway allows 256. */
const perSignIn = 200;
/** Air that makes a message as long as telemetry is, characters. */
const padding = "x".repeat(300);

/** One measurement. Processors: 1 for one that is busy all the time; `broker` is mosquitto's own, 0 where the gateway is the broker. */
export type FanRow = {
  readonly kind: BrokerKind;
  readonly what: string;
  readonly listeners: number;
  readonly load: ListenResult;
  readonly gatewayCpu: number;
  readonly brokerCpu: number;
};

/** One device that tells its state 20 times a second to 1, 100 and 500 viewers over /mqtt, and 500 viewers who hear nothing, with both brokers. */
export async function measureFanOut(cleanup: Cleanup, say: (line: string) => void): Promise<string> {
  const rows: FanRow[] = [];
  for (const kind of findMosquitto() === null ? (["embedded"] as const) : (["embedded", "mosquitto"] as const)) {
    const relay = await startRelayProcess(kind);
    const stop = cleanup.add(() => relay.stop());
    const quiet = await startPublisher(relay);
    for (const listeners of counts) {
      rows.push(await measureOne(relay, `1 to ${listeners}`, listeners, topic, cleanup));
      say(`  ${kind}, 1 to ${listeners}: p50 ${showFigure(rows.at(-1)?.load.p50Ms ?? null, 1)} ms`);
    }
    await quiet();
    rows.push(await measureOne(relay, "idle", 0, null, cleanup, 1), await measureOne(relay, "idle", idleCount, null, cleanup));
    await stop();
  }
  return writeFanReport(rows);
}

async function startPublisher(relay: RelayProcess): Promise<() => Promise<void>> {
  const secret = await enrolDevice(relay, device);
  const { accessToken } = tokenReplySchema.parse(await post(`${relay.url}${routes.token}`, { device, secret }, null));
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${relay.ports.mqtt}`, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    username: device,
    password: accessToken,
  });
  client.on("error", () => undefined);
  const timer = setInterval(() => {
    client.publish(topic, JSON.stringify({ stampMs: machineMs(), padding }), { qos: 0 });
  }, 1000 / driveLimits.telemetryHz);
  return async () => {
    clearInterval(timer);
    await client.endAsync(true);
  };
}

async function measureOne(
  relay: RelayProcess,
  what: string,
  listeners: number,
  heard: string | null,
  cleanup: Cleanup,
  clients = listeners,
): Promise<FanRow> {
  const signIns = Array.from({ length: Math.ceil(clients / perSignIn) }, () => relay.signIn());
  const tokens = await Promise.all(signIns);
  const isOutside = relay.broker !== "embedded";
  const pids = { gateway: relay.pid(), broker: relay.brokerPid() };
  const read = () => ({ gateway: readCpuS(pids.gateway), broker: isOutside ? readCpuS(pids.broker) : 0, atMs: machineMs() });
  let before = read();
  const load = await runListeners(
    { port: relay.ports.gateway, user: account, tokens, topic: heard, clients, seconds: countS },
    cleanup,
    () => {
      before = read();
    },
  );
  const after = read();
  const tookS = (after.atMs - before.atMs) / 1000;
  return {
    kind: relay.broker,
    what,
    listeners,
    load,
    gatewayCpu: (after.gateway - before.gateway) / tookS,
    brokerCpu: (after.broker - before.broker) / tookS,
  };
}

/** The table and mosquitto's ratios to aedes. Pure. */
export function writeFanReport(rows: readonly FanRow[]): string {
  const table = drawTable([
    [
      "broker",
      "what",
      "viewers",
      "messages/s",
      "p50 ms",
      "p99 ms",
      "max ms",
      "CPU gateway",
      "CPU mosquitto",
      "CPU load",
      "left",
      "joined in s",
    ],
    ...rows.map(({ kind, what, listeners, load, gatewayCpu, brokerCpu }) => [
      kind === "embedded" ? "aedes" : "mosquitto",
      what,
      String(listeners),
      load.perS.toFixed(0),
      showFigure(load.p50Ms, 1),
      showFigure(load.p99Ms, 1),
      showFigure(load.maxMs, 1),
      showPercent(gatewayCpu, 1),
      showPercent(brokerCpu, 1),
      showPercent(load.loadCpu, 1),
      String(load.left),
      load.joinedS.toFixed(1),
    ]),
  ]);
  const ratios = rows
    .filter((row) => row.kind === "mosquitto")
    .flatMap((row) => {
      const base = rows.find((other) => other.kind === "embedded" && other.what === row.what && other.listeners === row.listeners);
      const cpuOf = (one: FanRow): number => one.gatewayCpu + one.brokerCpu;
      return base === undefined
        ? []
        : [
            [
              `${row.what}, ${row.listeners}`,
              showRatio(row.load.p50Ms, base.load.p50Ms),
              showRatio(row.load.p99Ms, base.load.p99Ms),
              showRatio(cpuOf(row), cpuOf(base)),
            ],
          ];
    });
  const parts = [`Fan-out of one device's telemetry, ${driveLimits.telemetryHz} messages a second, through the gateway's /mqtt`, table];
  if (ratios.length > 0) {
    parts.push(
      `mosquitto behind the gateway beside aedes in it = 1 (smaller is better)\n${drawTable([["what", "p50", "p99", "CPU of both"], ...ratios])}`,
    );
  }
  return [...parts, footnote].join("\n\n");
}

const footnote = `Ages from the device's send to a viewer's program, whose one process holds all of them: with many, its own turn is in it. CPU: 100 % is one
processor; "idle, 0" is the gateway with one viewer who hears nothing, so the difference to 500 is their cost.`;
