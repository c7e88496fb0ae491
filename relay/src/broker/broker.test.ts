import { connect as connectTcp } from "node:net";
import { type DeviceStatus, tokenLifetimesS } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createIdentities } from "../auth/identity.ts";
import { createTokens } from "../auth/tokens.ts";
import { loadState, type State } from "../state/state.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createRevoker } from "../watching/revoker.ts";
import { createStanding } from "../watching/standing.ts";
import { createWatches, type Watches } from "../watching/watches.ts";
import { type BrokerChoice, createBroker } from "./broker.ts";
import { brokerKinds } from "./rig/broker-kinds.ts";
import type { Broker } from "./types.ts";

const choices = {
  embedded: () => ({ kind: "embedded" }),
  mosquitto: ({ devices }) => ({
    kind: "mosquitto",
    mosquitto: { run: "own", binary: null, searchPath: "" },
    devices: devices.ids,
    random: Math.random,
  }),
} satisfies Record<string, (state: State) => BrokerChoice>;
const kinds = brokerKinds();

describe.each(kinds)("%s", (kind) => {
  let state: State;
  let broker: Broker;
  let watches: Watches;
  let revoker: ReturnType<typeof createRevoker>;
  const statuses: Array<{ device: string; status: DeviceStatus }> = [];
  const clients: MqttClient[] = [];
  /** Sign-in that holds the lease of a device. */
  const leases = new Map<string, string>();
  beforeAll(async () => {
    state = loadState(":memory:", 0);
    for (const device of ["picarx", "other"]) {
      state.devices.put(device, { secretHash: "h", generation: device }, 0);
    }
    for (const [name, role] of [
      ["ann", "view"],
      ["bob", "drive"],
    ] as const) {
      state.accounts.put(name, "h", 0);
      state.accounts.grant(name, "*", role);
      state.sessions.add({ id: name, account: name, cookieHash: name, expiresMs: Date.now() + 3_600_000 }, Date.now());
    }
    const identities = createIdentities({ tokens: tokensAt(0), ...state, wallMs: Date.now });
    watches = createWatches({ clock: systemClock, log: silentLog() });
    const standing = createStanding({ identities, ...state, wallMs: Date.now });
    const streams = { endDevice: () => undefined, start: () => undefined, stop: () => undefined };
    revoker = createRevoker({ watches, standing, streams, clock: systemClock });
    const parts = { identities, watches, site: "demo", host: "127.0.0.1", port: 0, clock: systemClock, log: silentLog() };
    const lease = { mayDrive: (device: string, sid: string) => (leases.get(device) ?? sid) === sid };
    broker = createBroker({ ...parts, lease, choice: choices[kind](state) });
    broker.onStatus((device, status) => void statuses.push({ device, status }));
    await broker.start();
  });
  afterEach(async () => {
    leases.clear();
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(async () => {
    await broker.stop();
    state.close();
  });

  const tokensAt = (aheadMs: number) => createTokens(state.signingKeys, () => Date.now() + aheadMs);
  const token = (name: string, aheadMs = 0) => {
    const kind = name === "picarx" || name === "other" ? "device" : "user";
    return tokensAt(aheadMs).issue({ sub: name, sid: name, kind }).accessToken;
  };

  async function join(name: string, options: IClientOptions = {}): Promise<MqttClient> {
    const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port()}`, {
      username: name,
      password: token(name),
      reconnectPeriod: 0,
      connectTimeout: 3000,
      ...options,
    });
    clients.push(client);
    client.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed")));
    });
    return client;
  }
  const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once("close", () => resolve()));
  const status = JSON.stringify({ v: 1, online: true, cameras: [] });

  describe("who gets in", () => {
    it.each<[string, IClientOptions]>([
      ["nobody", { username: "", password: "" }],
      ["garbage", { password: "garbage" }],
      ["another's name", { username: "bob" }],
      ["MQTT 5, which the library does not speak", { protocolVersion: 5 }],
    ])("not %s", async (_what, options) => {
      await expect(join("ann", options)).rejects.toThrow();
    });

    it("not with an expired token", async () => {
      await expect(join("ann", { password: token("ann", -3_600_000) })).rejects.toThrow(/Not authorized/i);
    });

    it("nobody is thrown out by another's client id", async () => {
      const ann = await join("ann", { clientId: "same" });
      await join("bob", { clientId: "same" });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(ann.connected).toBe(true);
      const gone = closed(ann);
      await join("ann", { clientId: "same" });
      await gone;
    });
  });

  describe("what goes through", () => {
    it("a command from a driver to its device, and the answer back", async () => {
      const device = await join("picarx");
      const driver = await join("bob");
      const got: string[] = [];
      device.on("message", (topic, payload) => {
        got.push(`${topic} ${payload.toString()}`);
        device.publish("demo/picarx/ack", "done");
      });
      driver.on("message", (topic) => got.push(topic));
      await device.subscribeAsync("demo/picarx/cmd");
      await driver.subscribeAsync("demo/picarx/ack");
      driver.publish("demo/picarx/cmd", '{"throttle":0.1,"steer":0}');
      await waitUntil("the answer", () => got.length === 2);
      expect(got).toEqual(['demo/picarx/cmd {"throttle":0.1,"steer":0}', "demo/picarx/ack"]);
    });

    it("a device's status, kept for those who come later, and its last will", async () => {
      const will = {
        topic: "demo/picarx/status",
        payload: Buffer.from(JSON.stringify({ v: 1, online: false, cameras: [] })),
        qos: 1 as const,
        retain: true,
      };
      const device = await join("picarx", { will });
      await device.publishAsync("demo/picarx/status", status, { retain: true, qos: 1 });
      const viewer = await join("ann");
      const seen: boolean[] = [];
      viewer.on("message", (_topic, payload) => seen.push((JSON.parse(payload.toString()) as DeviceStatus).online));
      await viewer.subscribeAsync("demo/picarx/status");
      await waitUntil("the kept status", () => seen.length === 1);
      device.stream.destroy();
      await waitUntil("the last will", () => seen.length === 2);
      expect(seen).toEqual([true, false]);
      expect(statuses.at(-1)).toEqual({ device: "picarx", status: { v: 1, online: false, cameras: [] } });
    });

    it.each([
      ["ann", "demo/picarx/cmd", {}],
      ["ann", "demo/picarx/status", {}],
      ["bob", "demo/picarx/status", { retain: true }],
      ["bob", "demo/picarx/cmd", { retain: true }],
      ["bob", "demo/picarx/cmd", { qos: 2 as const }],
      ["bob", "elsewhere/picarx/cmd", {}],
      ["picarx", "demo/other/status", {}],
      ["picarx", "demo/picarx/cmd", {}],
      ["picarx", "$SYS/x", {}],
    ])("%s may not write %s %o and is cut off", async (name, topic, options) => {
      const before = statuses.length;
      const client = await join(name);
      const gone = closed(client);
      client.publish(topic, status, options, () => undefined);
      await gone;
      expect(statuses).toHaveLength(before);
    });

    it.each([
      ["ann", "demo/picarx/cmd"],
      ["bob", "#"],
      ["picarx", "demo/other/cmd"],
    ])("%s may not listen to %s", async (name, filter) => {
      const client = await join(name);
      await expect(client.subscribeAsync(filter)).rejects.toThrow();
      expect(client.connected).toBe(true);
    });

    it("no packet that is too large, by whoever", async () => {
      const client = await join("picarx");
      const gone = closed(client);
      client.publish("demo/picarx/telemetry", "x".repeat(100_000), () => undefined);
      await gone;
    });

    it("no flood", async () => {
      const client = await join("bob");
      const gone = closed(client);
      for (let count = 0; count < 400; count++) {
        client.publish("demo/picarx/echo", "{}", () => undefined);
      }
      await gone;
    });

    it("garbage is cut off, and the others notice nothing", async () => {
      const ann = await join("ann");
      const socket = connectTcp(broker.port(), "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
      await new Promise<void>((resolve) => {
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
      });
      expect(ann.connected).toBe(true);
    });
  });

  describe("when it ends", () => {
    it("at the token's end", async () => {
      // Left to live: one second and a half.
      const client = await join("ann", { password: token("ann", -(tokenLifetimesS.access - 2) * 1000) });
      const startMs = performance.now();
      await closed(client);
      expect(performance.now() - startMs).toBeLessThan(2500);
    });

    it("with the sign-in", async () => {
      const ann = await join("ann");
      const bob = await join("bob");
      const gone = closed(ann);
      revoker.signInEnded("ann");
      await gone;
      expect(bob.connected).toBe(true);
    });

    it("with the device's enrolment, and its last will is still heard", async () => {
      const will = { topic: "demo/other/status", payload: Buffer.from(status.replace("true", "false")), qos: 1 as const, retain: true };
      const device = await join("other", { will });
      const gone = closed(device);
      const before = statuses.length;
      revoker.deviceRemoved("other", "other");
      await gone;
      await waitUntil("the last will", () => statuses.length > before);
      expect(statuses.at(-1)).toMatchObject({ device: "other", status: { online: false } });
    });

    it("with the right to something that it listens to, not with another", async () => {
      state.accounts.put("eve", "h", 0);
      state.accounts.grant("eve", "picarx", "view");
      state.accounts.grant("eve", "other", "view");
      state.sessions.add({ id: "eve", account: "eve", cookieHash: "eve", expiresMs: Date.now() + 3_600_000 }, Date.now());
      const eve = await join("eve");
      await eve.subscribeAsync("demo/picarx/status");
      state.accounts.revoke("eve", "other");
      revoker.accountChanged("eve");
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(eve.connected).toBe(true);
      const gone = closed(eve);
      state.accounts.revoke("eve", "picarx");
      revoker.accountChanged("eve");
      await gone;
    });

    it("by a kick, after which it stays out for a while", async () => {
      const ann = await join("ann");
      const [watch] = await waitUntil("the watch", () => watches.all().filter(({ name }) => name === "ann"));
      expect(watch).toMatchObject({ kind: "user", sid: "ann", transport: "mqtt", path: null, address: "127.0.0.1" });
      expect(watch?.bytes()).toBeGreaterThan(0);
      const gone = closed(ann);
      watches.kick(watch?.id ?? "");
      await gone;
      await expect(join("ann")).rejects.toThrow(/unavailable/i);
      expect((await join("bob")).connected).toBe(true);
    });

    it("for somebody who says no goodbye, and nothing is left of anybody", async () => {
      await waitUntil("an empty list", () => watches.all().length === 0);
      const socket = connectTcp(broker.port(), "127.0.0.1");
      const text = (value: string) => Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
      const body = Buffer.concat([text("MQTT"), Buffer.from([4, 0xc2, 0, 60]), text("x"), text("bob"), text(token("bob"))]);
      const length = [(body.length & 127) | 128, body.length >> 7];
      socket.on("error", () => undefined);
      const ended = new Promise((resolve) => socket.once("close", resolve));
      socket.resume();
      socket.write(Buffer.concat([Buffer.from([0x10, ...length]), body]));
      await waitUntil("the watch", () => watches.all().some(({ name }) => name === "bob"));
      expect(watches.endWhere(({ name }) => name === "bob")).toBe(1);
      await ended;
      expect(watches.all()).toEqual([]);
    });
  });
});
