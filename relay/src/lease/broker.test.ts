import { type LeaseMessage, leaseMessageSchema } from "@helmcast/config";
import { silentLog, systemClock } from "@helmcast/runtime";
import type { MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brokerKinds } from "../broker/rig/broker-kinds.ts";
import { type BrokerWorld, roads, startBrokerWorld } from "../broker/rig/broker-world.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { createLeases, type LeaseCaller, type Leases } from "./leases.ts";

const tab = "some-tab-1";
const caller = (name: string): LeaseCaller => ({ name, sid: name, expMs: Date.now() + 600_000, address: "" });
const nobody = { v: 1, kind: "lease", lease: null, holder: null, ttlMs: 0 };

describe.each([...brokerKinds(), "emqx claims" as const])("a lease over %s", (kind) => {
  let world: BrokerWorld;
  let leases: Leases;
  /** What the device heard. */
  let told: LeaseMessage[];
  let commands: string[];
  beforeAll(async () => {
    world = await startBrokerWorld(kind);
  });
  beforeEach(async () => {
    leases = createLeases({
      state: world.state,
      identities: world.identities,
      watches: world.watches,
      site: "demo",
      clock: systemClock,
      audit: world.state.audit,
      log: silentLog(),
      publish: (topic, payload) => world.broker.publish(topic, payload, { qos: 1, retain: false }),
    });
    world.setLeaseGuard(leases);
    [told, commands] = [[], []];
    const device = await world.join("picarx");
    device.on("message", (topic, payload, packet) => {
      if (topic === "demo/picarx/lease") {
        told.push(leaseMessageSchema.parse(JSON.parse(payload.toString())));
        expect(packet.retain).toBe(false);
      } else {
        commands.push(payload.toString());
      }
    });
    await device.subscribeAsync(["demo/picarx/lease", "demo/picarx/cmd"]);
  });
  afterEach(async () => {
    await leases.stop();
    await world.leaveAll();
  });
  afterAll(() => world?.stop());

  const take = (who: string) => leases.wish("picarx", caller(who), { action: "take", tab });
  const send = (client: MqttClient, text: string) => client.publishAsync("demo/picarx/cmd", text, { qos: 1 });

  describe.each(roads)("by %s", (road) => {
    it("is told to the device, and lets only the driver's commands through", async () => {
      const [bob, cat] = [await world.join("bob", {}, road), await world.join("cat", {}, road)];
      await send(cat, "cat before");
      const { lease } = take("bob");
      await send(cat, "cat refused");
      await send(bob, "bob");
      leases.wish("picarx", caller("bob"), { action: "release", tab, lease: lease ?? 0 });
      await send(cat, "cat after");
      await waitUntil("three commands", () => commands.length === 3);
      expect(commands).toEqual(["cat before", "bob", "cat after"]);
      await waitUntil("two words on who drives", () => told.length === 2);
      expect(told).toEqual([{ v: 1, kind: "lease", lease, holder: "bob", ttlMs: expect.closeTo(3000, -3) }, nobody]);
    });

    it("has a number that nobody else reads and nobody else writes", async () => {
      const cat = await world.join("cat", {}, road);
      take("bob");
      await waitUntil("the lease", () => told.length === 1);
      await expect(cat.subscribeAsync("demo/picarx/lease")).rejects.toThrow();
      const cut = new Promise<void>((resolve) => cat.once("close", () => resolve()));
      cat.publish("demo/picarx/lease", JSON.stringify(told[0]), () => undefined);
      await cut;
      expect(told).toHaveLength(1);
    });

    it("ends 3 s after it was taken when nobody renews it, and lets another drive then", async () => {
      const cat = await world.join("cat", {}, road);
      const startMs = performance.now();
      take("bob");
      await waitUntil("the end", () => told.length === 2);
      expect(performance.now() - startMs).toBeGreaterThan(2900);
      expect(told.at(-1)).toEqual(nobody);
      await send(cat, "cat");
      await waitUntil("the command", () => commands.includes("cat"));
    });

    it("ends with a kick, and with the sign-in, and the connection with it", async () => {
      const rude = `rude-${road}`;
      world.state.accounts.put(rude, "h", 0);
      world.state.accounts.grant(rude, "picarx", "drive");
      world.state.sessions.add({ id: rude, account: rude, cookieHash: rude, expiresMs: Date.now() + 3_600_000 }, Date.now());
      const cat = await world.join("cat", {}, road);
      const gone = new Promise<void>((resolve) => cat.once("close", () => resolve()));
      take(rude);
      world.watches.kick(world.watches.all().find(({ transport, name }) => transport === "drive" && name === rude)?.id ?? "");
      expect(() => take(rude)).toThrow(/half a minute/);
      take("cat");
      world.revoker.signInEnded("cat");
      await gone;
      await waitUntil("both ends", () => told.length === 4);
      expect(told.map(({ holder }) => holder)).toEqual([rude, null, "cat", null]);
    });
  });
});
