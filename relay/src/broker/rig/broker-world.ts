import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import type { DeviceStatus } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { createWebSocketStream, WebSocket } from "ws";
import { createIdentities, type Identities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { loadState, type State } from "../../state/state.ts";
import { createRevoker } from "../../watching/revoker.ts";
import { createStanding } from "../../watching/standing.ts";
import { createWatches, type Watches } from "../../watching/watches.ts";
import { type BrokerChoice, createBroker } from "../broker.ts";
import type { MosquittoChoice } from "../mosquitto/mosquitto-backend.ts";
import type { Broker, LeaseGuard } from "../types.ts";
import { createMqttUpgrade } from "../websocket.ts";
import type { TestedKind } from "./broker-kinds.ts";
import { startFakeEmqx } from "./fake-emqx.ts";

/** The two roads to the broker. */
export const roads = ["tcp", "websocket"] as const;
/** By which road somebody comes. */
type Road = (typeof roads)[number];

/** A broker with its guard and what takes rights back, a viewer `ann`, a driver `bob`, another driver `cat`, and the devices `picarx` and `other`. */
export type BrokerWorld = {
  readonly broker: Broker;
  readonly state: State;
  readonly identities: Identities;
  readonly watches: Watches;
  readonly revoker: ReturnType<typeof createRevoker>;
  /** Sign-in that holds the lease of a device; who is not in it is not held by anybody. */
  readonly leases: Map<string, string>;
  /** Asks something else than `leases` who may drive. */
  setLeaseGuard(guard: LeaseGuard): void;
  readonly statuses: Array<{ readonly device: string; readonly status: DeviceStatus }>;
  /** Connects, by TCP unless told otherwise. Rejects when not let in. */
  join(name: string, options?: IClientOptions, by?: Road): Promise<MqttClient>;
  /** Opens a connection on which nothing was said yet. Its owner destroys it. */
  openRaw(by: Road): Duplex;
  /** A token of somebody's, made now unless told otherwise. */
  token(name: string, aheadMs?: number): string;
  /** Ends the clients of one test. */
  leaveAll(): Promise<void>;
  stop(): Promise<void>;
};

const emqxSecret = Buffer.from("a secret that EMQX knows, and nobody else does");
const own: MosquittoChoice = { run: "own", binary: null, searchPath: "" };

/** Starts one. @param mosquitto which one, for that kind */
export async function startBrokerWorld(kind: TestedKind, mosquitto: MosquittoChoice = own): Promise<BrokerWorld> {
  const state = loadState(":memory:", 0);
  fill(state);
  const tokensAt = (aheadMs: number) => createTokens(state.signingKeys, () => Date.now() + aheadMs);
  const identities = createIdentities({ tokens: tokensAt(0), ...state, wallMs: Date.now });
  const watches = createWatches({ clock: systemClock, log: silentLog() });
  const standing = createStanding({ identities, ...state, wallMs: Date.now });
  const streams = { endDevice: () => undefined, start: () => undefined, stop: () => undefined };
  const revoker = createRevoker({ watches, standing, streams, clock: systemClock });
  const leases = new Map<string, string>();
  let guard: LeaseGuard = { mayDrive: (device, sid) => (leases.get(device) ?? sid) === sid };
  const emqx = kind === "emqx claims" ? await startFakeEmqx(emqxSecret) : null;
  const choice = choose(kind, { mosquitto, emqxUrl: emqx?.url ?? "", devices: state.devices.ids });
  const broker = createBroker({
    identities,
    watches,
    site: "demo",
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
    log: silentLog(),
    choice,
    lease: { mayDrive: (device, sid) => guard.mayDrive(device, sid) },
  });
  const statuses: BrokerWorld["statuses"] = [];
  broker.onStatus((device, status) => void statuses.push({ device, status }));
  await broker.start();
  const web = await serveWebSocket(broker);
  const clients: MqttClient[] = [];
  const urls = { tcp: `mqtt://127.0.0.1:${broker.port()}`, websocket: `ws://127.0.0.1:${(web.address() as AddressInfo).port}/mqtt` };
  const token = (name: string, aheadMs = 0) => {
    const isDevice = state.devices.get(name) !== null;
    return tokensAt(aheadMs).issue({ sub: name, sid: name, kind: isDevice ? "device" : "user" }).accessToken;
  };
  const leaveAll = async () => void (await Promise.all(clients.splice(0).map((client) => client.endAsync(true))));
  return {
    broker,
    state,
    identities,
    watches,
    revoker,
    leases,
    statuses,
    token,
    leaveAll,
    setLeaseGuard(other) {
      guard = other;
    },
    async join(name, options = {}, by = "tcp") {
      const usual = { username: name, password: token(name), reconnectPeriod: 0, connectTimeout: 3000 };
      const client = mqtt.connect(urls[by], { ...usual, ...options });
      clients.push(client);
      await untilConnected(client);
      return client;
    },
    openRaw: (by) => openRaw(by === "tcp" ? connectTcp(broker.port(), "127.0.0.1") : openWebSocket(urls.websocket)),
    async stop() {
      await leaveAll();
      await broker.stop();
      await emqx?.stop();
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
      state.close();
    },
  };
}

function choose(
  kind: TestedKind,
  {
    mosquitto,
    emqxUrl,
    devices,
  }: { readonly mosquitto: MosquittoChoice; readonly emqxUrl: string; readonly devices: () => readonly string[] },
): BrokerChoice {
  const choices: Record<TestedKind, BrokerChoice> = {
    embedded: { kind: "embedded" },
    mosquitto: { kind: "mosquitto", mosquitto, devices, random: Math.random },
    "emqx claims": { kind: "emqx", url: emqxUrl, secret: emqxSecret, devices },
  };
  return choices[kind];
}

function openWebSocket(url: string): Duplex {
  return createWebSocketStream(new WebSocket(url, ["mqtt"]), { decodeStrings: false });
}

function openRaw(raw: Duplex): Duplex {
  // A WebSocket that its other end closed only ends, and stays half open.
  return raw.on("error", () => undefined).on("end", () => raw.destroy());
}

async function untilConnected(client: MqttClient): Promise<void> {
  client.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  });
}

function fill(state: State): void {
  for (const device of ["picarx", "other"]) {
    state.devices.put(device, { secretHash: "h", generation: device }, 0);
  }
  for (const [name, role] of [
    ["ann", "view"],
    ["bob", "drive"],
    ["cat", "drive"],
  ] as const) {
    state.accounts.put(name, "h", 0);
    state.accounts.grant(name, "*", role);
    state.sessions.add({ id: name, account: name, cookieHash: name, expiresMs: Date.now() + 3_600_000 }, Date.now());
  }
}

async function serveWebSocket(broker: Broker): Promise<Server> {
  const upgrade = createMqttUpgrade(broker);
  const server = createServer();
  server.on("upgrade", (request, socket: Duplex, head: Buffer) => void upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
