import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { DeviceStatus } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { loadState, type State } from "../../state/state.ts";
import { createWatches } from "../../watching/watches.ts";
import { type BrokerChoice, createBroker } from "../broker.ts";
import type { MosquittoChoice } from "../mosquitto/mosquitto-backend.ts";
import type { Broker } from "../types.ts";
import { createMqttUpgrade } from "../websocket.ts";
import type { TestedKind } from "./broker-kinds.ts";

/** A broker with its guard, a viewer `ann`, a driver `bob`, another driver `cat`, and the devices `picarx` and `other`. */
export type BrokerWorld = {
  readonly broker: Broker;
  readonly state: State;
  /** Sign-in that holds the lease of a device; who is not in it is not held by anybody. */
  readonly leases: Map<string, string>;
  readonly statuses: Array<{ readonly device: string; readonly status: DeviceStatus }>;
  /** Connects, by TCP unless told otherwise. Rejects when not let in. */
  join(name: string, options?: IClientOptions, by?: "tcp" | "websocket"): Promise<MqttClient>;
  token(name: string): string;
  /** Ends the clients of one test. */
  leaveAll(): Promise<void>;
  stop(): Promise<void>;
};

const own: MosquittoChoice = { run: "own", binary: null, searchPath: "" };

/** Starts one. @param mosquitto which one, for that kind */
export async function startBrokerWorld(kind: TestedKind, mosquitto: MosquittoChoice = own): Promise<BrokerWorld> {
  const state = loadState(":memory:", 0);
  fill(state);
  const tokens = createTokens(state.signingKeys, Date.now);
  const identities = createIdentities({ tokens, ...state, wallMs: Date.now });
  const watches = createWatches({ clock: systemClock, log: silentLog() });
  const leases = new Map<string, string>();
  const choice: BrokerChoice = kind === "embedded" ? { kind } : { kind, mosquitto, devices: state.devices.ids, random: Math.random };
  const broker = createBroker({
    ...{ identities, watches, site: "demo", host: "127.0.0.1", port: 0, clock: systemClock, log: silentLog(), choice },
    lease: { mayDrive: (device, sid) => (leases.get(device) ?? sid) === sid },
  });
  const statuses: BrokerWorld["statuses"] = [];
  broker.onStatus((device, status) => void statuses.push({ device, status }));
  await broker.start();
  const web = await serveWebSocket(broker);
  const clients: MqttClient[] = [];
  const token = (name: string) => {
    const isDevice = state.devices.get(name) !== null;
    return tokens.issue({ sub: name, sid: name, kind: isDevice ? "device" : "user" }).accessToken;
  };
  const leaveAll = async () => void (await Promise.all(clients.splice(0).map((client) => client.endAsync(true))));
  return {
    ...{ broker, state, leases, statuses, token, leaveAll },
    async join(name, options = {}, by = "tcp") {
      const url = by === "tcp" ? `mqtt://127.0.0.1:${broker.port()}` : `ws://127.0.0.1:${(web.address() as AddressInfo).port}/mqtt`;
      const client = mqtt.connect(url, { username: name, password: token(name), reconnectPeriod: 0, connectTimeout: 3000, ...options });
      clients.push(client);
      client.on("error", () => undefined);
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("closed")));
      });
      return client;
    },
    async stop() {
      await leaveAll();
      await broker.stop();
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
      state.close();
    },
  };
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
