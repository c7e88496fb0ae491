import { type DeviceStatus, tokenLifetimesS } from "@helmcast/config";
import type { IClientOptions, MqttClient } from "mqtt";
import { generate } from "mqtt-packet";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../test-rig/wait-until.ts";
import { brokerKinds } from "./rig/broker-kinds.ts";
import { type BrokerWorld, roads, startBrokerWorld } from "./rig/broker-world.ts";

const closed = (client: Pick<MqttClient, "once">) => new Promise<void>((resolve) => client.once("close", () => resolve()));
const status = JSON.stringify({ v: 1, online: true, cameras: [] });
const suite = [...brokerKinds(), "emqx claims" as const].flatMap((kind) => roads.map((road) => ({ kind, road })));

describe.each(suite)("$kind by $road", ({ kind, road }) => {
  let world: BrokerWorld;
  beforeAll(async () => {
    world = await startBrokerWorld(kind);
  });
  afterEach(async () => {
    world.leases.clear();
    await world.leaveAll();
  });
  afterAll(() => world?.stop());
  const join = (name: string, options: IClientOptions = {}) => world.join(name, options, road);

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
      await expect(join("ann", { password: world.token("ann", -3_600_000) })).rejects.toThrow(/Not authorized/i);
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
      expect(world.statuses.at(-1)).toEqual({ device: "picarx", status: { v: 1, online: false, cameras: [] } });
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
      const before = world.statuses.length;
      const client = await join(name);
      const gone = closed(client);
      client.publish(topic, status, options, () => undefined);
      await gone;
      expect(world.statuses).toHaveLength(before);
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

    it("no flood of messages", async () => {
      const client = await join("bob");
      const gone = closed(client);
      for (let count = 0; count < 400; count++) {
        client.publish("demo/picarx/echo", "{}", () => undefined);
      }
      await gone;
    });

    it("no flood of pings", async () => {
      const raw = world.openRaw(road);
      const gone = new Promise<void>((resolve) => raw.once("close", () => resolve()));
      raw.write(
        generate({
          cmd: "connect",
          clientId: "x",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          keepalive: 60,
          username: "ann",
          password: Buffer.from(world.token("ann")),
        }),
      );
      raw.once("data", () => {
        raw.resume();
        raw.write(Buffer.alloc(4000, generate({ cmd: "pingreq" })));
      });
      await gone;
    });

    it("garbage is cut off, and the others notice nothing", async () => {
      const ann = await join("ann");
      const raw = world.openRaw(road);
      raw.resume();
      raw.write("GET / HTTP/1.1\r\n\r\n");
      await new Promise<void>((resolve) => raw.once("close", () => resolve()));
      expect(ann.connected).toBe(true);
    });
  });

  describe("when it ends", () => {
    it("at the token's end", async () => {
      // Left to live: one second and a half.
      const client = await join("ann", { password: world.token("ann", -(tokenLifetimesS.access - 2) * 1000) });
      const startMs = performance.now();
      await closed(client);
      expect(performance.now() - startMs).toBeLessThan(2500);
    });

    it("with the sign-in", async () => {
      const ann = await join("ann");
      const bob = await join("bob");
      const gone = closed(ann);
      world.revoker.signInEnded("ann");
      await gone;
      expect(bob.connected).toBe(true);
    });

    it("with the device's enrolment, and its last will is still heard", async () => {
      const will = { topic: "demo/other/status", payload: Buffer.from(status.replace("true", "false")), qos: 1 as const, retain: true };
      const device = await join("other", { will });
      const gone = closed(device);
      const before = world.statuses.length;
      world.revoker.deviceRemoved("other", "other");
      await gone;
      await waitUntil("the last will", () => world.statuses.length > before);
      expect(world.statuses.at(-1)).toMatchObject({ device: "other", status: { online: false } });
    });

    it("with the right to something that it listens to, not with another", async () => {
      world.state.accounts.put("eve", "h", 0);
      world.state.accounts.grant("eve", "picarx", "view");
      world.state.accounts.grant("eve", "other", "view");
      world.state.sessions.add({ id: "eve", account: "eve", cookieHash: "eve", expiresMs: Date.now() + 3_600_000 }, Date.now());
      const eve = await join("eve");
      await eve.subscribeAsync("demo/picarx/status");
      world.state.accounts.revoke("eve", "other");
      world.revoker.accountChanged("eve");
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(eve.connected).toBe(true);
      const gone = closed(eve);
      world.state.accounts.revoke("eve", "picarx");
      world.revoker.accountChanged("eve");
      await gone;
    });

    it("within a second of the loss of a grant, also for who listens to nothing, or only writes", async () => {
      const join = async (name: string, role: "view" | "drive") => {
        world.state.accounts.put(name, "h", 0);
        world.state.accounts.grant(name, "picarx", role);
        world.state.accounts.grant(name, "other", role);
        world.state.sessions.add({ id: name, account: name, cookieHash: name, expiresMs: Date.now() + 3_600_000 }, Date.now());
        return world.join(name, {}, road);
      };
      const [idle, driver] = [await join("idle", "view"), await join("driver", "drive")];
      await driver.publishAsync("demo/picarx/cmd", "{}", { qos: 1 });
      const gone = Promise.all([closed(idle), closed(driver)]);
      const startMs = performance.now();
      world.state.accounts.revoke("idle", "picarx");
      world.revoker.accountChanged("idle");
      world.state.accounts.grant("driver", "picarx", "view");
      world.revoker.accountChanged("driver");
      await gone;
      expect(performance.now() - startMs).toBeLessThan(1000);
    });

    it("not for anybody when fifty come in one moment", async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, index) => join(["ann", "bob"][index % 2] ?? "", { clientId: `${index}` })),
      );
      await Promise.all(all.map((client) => client.subscribeAsync("demo/picarx/telemetry")));
      expect(all.filter((client) => client.connected)).toHaveLength(50);
    });

    it("by a kick, after which it stays out for a while", async () => {
      const ann = await join("ann");
      const [watch] = await waitUntil("the watch", () => world.watches.all().filter(({ name }) => name === "ann"));
      expect(watch).toMatchObject({ kind: "user", sid: "ann", transport: "mqtt", path: null, address: "127.0.0.1" });
      expect(watch?.bytes()).toBeGreaterThan(0);
      const gone = closed(ann);
      world.watches.kick(watch?.id ?? "");
      await gone;
      await expect(join("ann")).rejects.toThrow(/unavailable/i);
      expect((await join("bob")).connected).toBe(true);
    });

    it("for somebody who says no goodbye, and nothing is left of anybody", async () => {
      await waitUntil("an empty list", () => world.watches.all().length === 0);
      const raw = world.openRaw(road);
      const ended = new Promise((resolve) => raw.once("close", resolve));
      raw.resume();
      raw.write(
        generate({
          cmd: "connect",
          clientId: "x",
          protocolId: "MQTT",
          protocolVersion: 4,
          clean: true,
          keepalive: 60,
          username: "bob",
          password: Buffer.from(world.token("bob")),
        }),
      );
      await waitUntil("the watch", () => world.watches.all().some(({ name }) => name === "bob"));
      expect(world.watches.endWhere(({ name }) => name === "bob")).toBe(1);
      await ended;
      expect(world.watches.all()).toEqual([]);
    });
  });
});
