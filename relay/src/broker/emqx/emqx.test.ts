import { silentLog, systemClock } from "@helmcast/runtime";
import jsonwebtoken from "jsonwebtoken";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createIdentities } from "../../auth/identity.ts";
import { createTokens } from "../../auth/tokens.ts";
import { loadState, type State } from "../../state/state.ts";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { createWatches } from "../../watching/watches.ts";
import { createBroker } from "../broker.ts";
import { createProxyBroker } from "../proxy/proxy-broker.ts";
import { type FakeEmqx, startFakeEmqx } from "../rig/fake-emqx.ts";
import type { Broker, BrokerParts } from "../types.ts";
import { createEmqxBackend } from "./emqx-backend.ts";
import { createEmqxTokens, gatewayName } from "./emqx-tokens.ts";

const secret = Buffer.from("a secret that EMQX knows, and nobody else does");
let state: State;
let emqx: FakeEmqx;
let parts: BrokerParts;
let tokens: ReturnType<typeof createTokens>;
const closers: Array<() => unknown> = [];

beforeEach(async () => {
  emqx = await startFakeEmqx(secret);
  state = loadState(":memory:", 0);
  state.devices.put("picarx", { secretHash: "h", generation: "picarx" }, 0);
  state.accounts.put("bob", "h", 0);
  state.accounts.grant("bob", "picarx", "drive");
  state.sessions.add({ id: "bob", account: "bob", cookieHash: "bob", expiresMs: Date.now() + 3_600_000 }, Date.now());
  tokens = createTokens(state.signingKeys, Date.now);
  const identities = createIdentities({ tokens, ...state, wallMs: Date.now });
  const watches = createWatches({ clock: systemClock, log: silentLog() });
  parts = { identities, watches, site: "demo", host: "127.0.0.1", port: 0, clock: systemClock, log: silentLog() };
  closers.push(
    () => state.close(),
    () => emqx.stop(),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(broker: Broker): Promise<Broker> {
  await broker.start();
  closers.push(() => broker.stop());
  return broker;
}

async function join(broker: Broker, username: string): Promise<MqttClient> {
  const password = tokens.issue({ sub: username, sid: username, kind: username === "bob" ? "user" : "device" }).accessToken;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port()}`, { username, password, reconnectPeriod: 0 });
  client.on("error", () => undefined);
  closers.push(() => client.endAsync(true));
  return client;
}

const listen = async (client: MqttClient, topic: string) => {
  const got: string[] = [];
  client.on("message", (_topic, payload) => got.push(payload.toString()));
  await client.subscribeAsync(topic);
  return got;
};

it("knows everybody by tokens made at the door, whatever becomes of the keys that sign people's own", async () => {
  const broker = await start(createBroker({ ...parts, choice: { kind: "emqx", url: emqx.url, secret, devices: state.devices.ids } }));
  const device = await join(broker, "picarx");
  const got = await listen(device, "demo/picarx/cmd");
  const kids = state.signingKeys.list().map(({ kid }) => kid);
  state.signingKeys.add(Date.now());
  expect(state.signingKeys.list()[0]?.kid).not.toBe(kids[0]);
  const bob = await join(broker, "bob");
  bob.publish("demo/picarx/cmd", "go");
  await waitUntil("the command", () => got.includes("go"));
  expect(emqx.shown.map(({ username }) => username)).toEqual([gatewayName, "picarx", "bob"]);
  for (const { password } of emqx.shown) {
    expect(() => jsonwebtoken.verify(password, secret)).not.toThrow();
    expect(tokens.read(password).ok).toBe(false);
  }
});

it("lets through what the claims give, and the guard before it cuts the rest", async () => {
  const broker = await start(createBroker({ ...parts, choice: { kind: "emqx", url: emqx.url, secret, devices: state.devices.ids } }));
  const device = await join(broker, "picarx");
  await device.publishAsync("demo/picarx/status", "{}", { retain: true, qos: 1 });
  const bob = await join(broker, "bob");
  const got = await listen(bob, "demo/picarx/status");
  await waitUntil("the kept status", () => got.length === 1);
  await expect(bob.subscribeAsync("demo/picarx/lease")).rejects.toThrow();
  const gone = new Promise<void>((resolve) => bob.once("close", () => resolve()));
  bob.publish("demo/picarx/status", "{}", { retain: true }, () => undefined);
  await gone;
});

it("cuts a guest who got another role only when it is used, since a new connection has it", async () => {
  const broker = await start(createBroker({ ...parts, choice: { kind: "emqx", url: emqx.url, secret, devices: state.devices.ids } }));
  state.accounts.grant("bob", "picarx", "view");
  const bob = await join(broker, "bob");
  state.accounts.grant("bob", "picarx", "drive");
  const gone = new Promise<void>((resolve) => bob.once("close", () => resolve()));
  bob.publish("demo/picarx/cmd", "go", () => undefined);
  await gone;
  const again = await join(broker, "bob");
  await again.publishAsync("demo/picarx/cmd", "go", { qos: 1 });
});

it("goes on when the gateway's own token ends, without a cut and without a loss", async () => {
  const real = createEmqxTokens({ ...parts, secret, devices: state.devices.ids, wallMs: Date.now });
  let made = 0;
  const brief = () => {
    made += 1;
    const claims = { sub: gatewayName, acl: [{ permission: "allow", action: "all", topic: "demo/#" }] };
    return { username: gatewayName, password: Buffer.from(jsonwebtoken.sign(claims, secret, { expiresIn: 3 })), renewAfterMs: 700 };
  };
  const backend = createEmqxBackend({ url: emqx.url, tokens: { ...real, forGateway: brief } });
  const broker = await start(createProxyBroker(parts, backend));
  const heard = new Set<number>();
  broker.onMessage((_topic, payload) => void heard.add(Number(payload.toString())));
  const [device, bob] = [await join(broker, "picarx"), await join(broker, "bob")];
  const got = await listen(bob, "demo/picarx/telemetry");
  const lease = await listen(device, "demo/picarx/lease");
  const endMs = performance.now() + 4500;
  let sent = 0;
  while (performance.now() < endMs) {
    await device.publishAsync("demo/picarx/telemetry", String(sent++), { qos: 1 });
    broker.publish("demo/picarx/lease", "x", { qos: 1, retain: false });
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await waitUntil("all of them", () => heard.size === sent && lease.length === sent);
  expect([broker.ready, device.connected, bob.connected]).toEqual([true, true, true]);
  expect(got).toHaveLength(sent);
  expect(made).toBeGreaterThan(4);
  // The short-lived ones were left before EMQX had to end them.
  expect(emqx.expired).toEqual([]);
});

it("tries again where a renewal fails, and says that the broker is gone only when the last one has ended", async () => {
  const real = createEmqxTokens({ ...parts, secret, devices: state.devices.ids, wallMs: Date.now });
  let made = 0;
  const once = () => {
    made += 1;
    const claims = { sub: gatewayName, acl: [{ permission: "allow", action: "all", topic: "demo/#" }] };
    const password = made === 2 ? "refused" : jsonwebtoken.sign(claims, secret, { expiresIn: 2 });
    return { username: gatewayName, password: Buffer.from(password), renewAfterMs: 300 };
  };
  const broker = await start(createProxyBroker(parts, createEmqxBackend({ url: emqx.url, tokens: { ...real, forGateway: once } })));
  await waitUntil("a refusal", () => made === 2);
  expect(broker.ready).toBe(true);
  await waitUntil("another connection", () => made >= 3 && broker.ready);
  expect(emqx.expired).toEqual([gatewayName]);
});

it("says that EMQX knows another secret", async () => {
  const hasty = {
    ...systemClock,
    after: (ms: number, run: () => void, unref?: boolean) => systemClock.after(Math.min(ms, 700), run, unref),
  };
  const choice = { kind: "emqx", url: emqx.url, secret: Buffer.alloc(40, "x"), devices: state.devices.ids } as const;
  await expect(createBroker({ ...parts, clock: hasty, choice }).start()).rejects.toThrow(/refuses what the gateway signs in with/);
});
