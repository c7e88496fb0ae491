import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningChild, silentLog, spawnChild, systemClock } from "@helmcast/runtime";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { brokerKinds } from "../rig/broker-kinds.ts";
import { type BrokerWorld, startBrokerWorld } from "../rig/broker-world.ts";
import { type Dynsec, openDynsec } from "./dynsec.ts";
import { findMosquitto, findPlugin, writeConfig, writeState } from "./mosquitto-process.ts";

const admin = { username: "admin", password: Buffer.from("of-the-plugin") };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

describe.skipIf(!brokerKinds().includes("mosquitto"))("a mosquitto that runs elsewhere", () => {
  const folder = mkdtempSync(join(tmpdir(), "helmcast-elsewhere-"));
  let child: RunningChild;
  let control: MqttClient;
  let dynsec: Dynsec;
  let world: BrokerWorld;
  let url: string;
  beforeAll(async () => {
    const port = await freePort();
    const stateFile = join(folder, "state.json");
    const options = { socketPath: "/none", plugin: findPlugin() ?? "", stateFile, user: process.getuid?.() === 0 ? "root" : null };
    writeFileSync(stateFile, writeState(admin), { mode: 0o600 });
    writeFileSync(join(folder, "conf"), writeConfig(options).replace("listener 0 /none", `listener ${port} 127.0.0.1`));
    writeFileSync(join(folder, "admin"), `${admin.username}:${admin.password}\n`, { mode: 0o600 });
    const deps = { log: silentLog(), clock: systemClock };
    child = spawnChild({ name: "mosquitto", command: findMosquitto("") ?? "", args: ["-c", join(folder, "conf")] }, deps);
    url = `mqtt://127.0.0.1:${port}`;
    control = mqtt.connect(url, { ...admin, reconnectPeriod: 50 });
    control.on("error", () => undefined);
    await waitUntil("mosquitto", () => control.connected);
    dynsec = await openDynsec(control, systemClock);
    await dynsec.run({ command: "createClient", username: "s-left-over", password: "x" });
    await dynsec.run({ command: "createClient", username: "somebody-else", password: "x" });
    world = await startBrokerWorld("mosquitto", { run: "elsewhere", url, credentialsFile: join(folder, "admin") });
  });
  afterAll(async () => {
    await world?.stop();
    await control?.endAsync(true);
    await child?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const clients = async () => (await dynsec.run({ command: "listClients" }))["clients"] as string[];

  it("keeps what is not the gateway's, and loses what an earlier gateway left", async () => {
    const names = await clients();
    expect(names).toContain("somebody-else");
    expect(names).not.toContain("s-left-over");
  });

  it("knows each connection by credentials of its own, which end with it", async () => {
    const own = (await clients()).length;
    const bob = await world.join("bob");
    const cat = await world.join("cat", {}, "websocket");
    const names = (await clients()).filter((name) => name.startsWith("s-"));
    expect(await clients()).toHaveLength(own + 2);
    const details = await Promise.all(names.map((username) => dynsec.run({ command: "getClient", username })));
    expect(JSON.stringify(details)).toMatch(/r:picarx:drive/);
    await Promise.all([bob.endAsync(true), cat.endAsync(true)]);
    await waitUntil("their end", async () => (await clients()).length === own);
  });

  it("shares roles, and gives exactly the topics of the matrix", async () => {
    const answer = (await dynsec.run({ command: "getRole", rolename: "r:picarx:drive" })) as {
      role: { acls: Array<{ topic: string; acltype: string }> };
    };
    const send = answer.role.acls.filter(({ acltype }) => acltype === "publishClientSend").map(({ topic }) => topic);
    expect(send.sort()).toEqual(["camera", "cmd", "echo", "estop"].map((channel) => `demo/picarx/${channel}`));
    const access = (await dynsec.run({ command: "getDefaultACLAccess" })) as { acls: Array<{ acltype: string; allow: boolean }> };
    expect(access.acls.filter(({ allow }) => allow).map(({ acltype }) => acltype)).toEqual(["unsubscribe"]);
  });

  it("a hundred at once", async () => {
    const startMs = performance.now();
    const all = await Promise.all(Array.from({ length: 100 }, (_, index) => world.join("ann", { clientId: `tab-${index}` })));
    process.stdout.write(`100 connections at once: ${(performance.now() - startMs).toFixed(0)} ms\n`);
    expect(all.every((client) => client.connected)).toBe(true);
    await world.leaveAll();
  });

  it("adds little to the time of a command", async () => {
    await dynsec.run({
      command: "createRole",
      rolename: "test",
      acls: ["publishClientSend", "publishClientReceive", "subscribeLiteral"].map((acltype) => ({ acltype, topic: "x", allow: true })),
    });
    await dynsec.run({ command: "createClient", username: "test", password: "x", roles: [{ rolename: "test" }] });
    const straight = [
      await mqtt.connectAsync(url, { username: "test", password: "x" }),
      await mqtt.connectAsync(url, { username: "test", password: "x" }),
    ] as const;
    const through = [await world.join("picarx"), await world.join("bob")] as const;
    const direct = await measure(...straight, "x");
    const proxied = await measure(...through, "demo/picarx/cmd");
    await Promise.all(straight.map((client) => client.endAsync(true)));
    process.stdout.write(`command: straight p50/p99 ${direct.join("/")} ms, through the gateway ${proxied.join("/")} ms\n`);
    expect(proxied[0]).toBeLessThan(direct[0] + 10);
  });
});

async function measure(to: MqttClient, from: MqttClient, topic: string): Promise<[number, number]> {
  const delays: number[] = [];
  let heard: () => void = () => undefined;
  to.on("message", (_topic, payload) => {
    delays.push(performance.now() - Number(payload));
    heard();
  });
  await to.subscribeAsync(topic);
  for (let count = 0; count < 200; count++) {
    const next = new Promise<void>((resolve) => {
      heard = resolve;
    });
    from.publish(topic, String(performance.now()));
    await next;
    await new Promise((resolve) => setTimeout(resolve, 12));
  }
  delays.sort((a, b) => a - b);
  return [Number((delays[100] ?? 0).toFixed(2)), Number((delays[198] ?? 0).toFixed(2))];
}
