import { type LeaseMessage, leaseMessageSchema } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, expect, it } from "vitest";
import { createIdentities } from "../auth/identity.ts";
import { createTokens } from "../auth/tokens.ts";
import { createBroker } from "../broker/broker.ts";
import type { Broker } from "../broker/types.ts";
import { loadState } from "../state/state.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createWatches } from "../watching/watches.ts";
import { createLeases, type LeaseCaller } from "./leases.ts";

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

/** Leases over the real broker, with dan and dora who may drive picarx. */
async function start() {
  const wallMs = Date.now;
  const state = loadState(":memory:", wallMs());
  state.devices.put("picarx", { secretHash: "h", generation: "picarx" }, 0);
  for (const name of ["dan", "dora"]) {
    state.accounts.put(name, "h", 0);
    state.accounts.grant(name, "picarx", "drive");
    state.sessions.add({ id: name, account: name, cookieHash: name, expiresMs: wallMs() + 3_600_000 }, wallMs());
  }
  const tokens = createTokens(state.signingKeys, wallMs);
  const [clock, log] = [systemClock, silentLog()];
  const shared = {
    identities: createIdentities({ tokens, ...state, wallMs }),
    watches: createWatches({ clock, log }),
    site: "demo",
    clock,
    log,
  };
  const publish = (topic: string, payload: string) => broker.publish(topic, payload, { qos: 1, retain: false });
  const leases = createLeases({ ...shared, state, audit: state.audit, publish });
  const broker: Broker = createBroker({ ...shared, host: "127.0.0.1", port: 0, lease: leases });
  await broker.start();
  closers.push(
    () => state.close(),
    () => broker.stop(),
    () => leases.stop(),
  );
  const join = async (username: string): Promise<MqttClient> => {
    const kind = username === "picarx" ? "device" : "user";
    const password = tokens.issue({ sub: username, sid: username, kind }).accessToken;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port()}`, { username, password, reconnectPeriod: 0 });
    closers.push(() => client.endAsync(true));
    return client;
  };
  return { leases, join };
}

const caller = (name: string): LeaseCaller => ({ name, sid: name, expMs: Date.now() + 600_000, address: "" });

it("tells the device over the broker, and lets only the driver's commands through", async () => {
  const { leases, join } = await start();
  const [device, dan, dora] = [await join("picarx"), await join("dan"), await join("dora")];
  const told: LeaseMessage[] = [];
  const commands: string[] = [];
  device.on("message", (topic, payload, packet) => {
    if (topic === "demo/picarx/lease") {
      told.push(leaseMessageSchema.parse(JSON.parse(payload.toString())));
      expect(packet.retain).toBe(false);
    } else {
      commands.push(payload.toString());
    }
  });
  await device.subscribeAsync(["demo/picarx/lease", "demo/picarx/cmd"]);
  const send = (client: MqttClient, who: string) => client.publishAsync("demo/picarx/cmd", who, { qos: 1 });
  await send(dora, "dora before");
  const tab = "some-tab-1";
  const { lease } = leases.wish("picarx", caller("dan"), { action: "take", tab });
  await send(dora, "dora refused");
  await send(dan, "dan");
  leases.wish("picarx", caller("dan"), { action: "release", tab, lease: lease ?? 0 });
  await send(dora, "dora after");
  await waitUntil("three commands", () => commands.length === 3);
  expect(commands).toEqual(["dora before", "dan", "dora after"]);
  await waitUntil("two words on who drives", () => told.length === 2);
  expect(told).toEqual([
    { v: 1, kind: "lease", lease, holder: "dan", ttlMs: expect.closeTo(3000, -3) },
    { v: 1, kind: "lease", lease: null, holder: null, ttlMs: 0 },
  ]);
  // Nobody else reads the number, and nobody but the gateway writes it.
  await expect(dora.subscribeAsync("demo/picarx/lease")).rejects.toThrow();
  const cut = new Promise<void>((resolve) => dora.once("close", () => resolve()));
  dora.publish("demo/picarx/lease", JSON.stringify(told[0]));
  await cut;
  expect(told).toHaveLength(2);
});
