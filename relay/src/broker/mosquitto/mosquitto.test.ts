import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../test-rig/wait-until.ts";
import { brokerKinds } from "../rig/broker-kinds.ts";
import { type BrokerWorld, startBrokerWorld } from "../rig/broker-world.ts";

const closed = (client: { once(event: "close", listener: () => void): unknown }) =>
  new Promise<number>((resolve) => client.once("close", () => resolve(performance.now())));
const status = (online: boolean) => JSON.stringify({ v: 1, online, cameras: [] });

describe.skipIf(!brokerKinds().includes("mosquitto"))("a mosquitto of the gateway's own", () => {
  let world: BrokerWorld;
  beforeAll(async () => {
    world = await startBrokerWorld("mosquitto");
  });
  afterAll(() => world?.stop());

  const lastStatus = () => world.statuses.at(-1)?.status.online;
  const pid = () => world.broker.describe().pid ?? -1;

  it.each(["SIGKILL", "SIGSTOP"] as const)("after %s everybody is cut within a second, and all comes back", async (signal) => {
    const device = await world.join("picarx");
    const ann = await world.join("ann", {}, "websocket");
    await device.publishAsync("demo/picarx/status", status(true), { qos: 1, retain: true });
    await waitUntil("the status", () => lastStatus() === true);
    const before = pid();
    const fromMs = performance.now();
    const gone = Promise.all([closed(device), closed(ann)]);
    process.kill(-before, signal);
    const tookMs = Math.max(...(await gone)) - fromMs;
    process.stdout.write(`${signal}: connections cut after ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(1500);
    await waitUntil("the device's end", () => lastStatus() === false);
    await waitUntil("another one", () => world.broker.ready && pid() !== before && pid() > 0);
    process.stdout.write(`${signal}: back after ${(performance.now() - fromMs).toFixed(0)} ms\n`);
    const again = await world.join("ann");
    const seen: string[] = [];
    again.on("message", (_topic, payload) => seen.push(payload.toString()));
    await again.subscribeAsync("demo/picarx/status");
    await waitUntil("the kept status, made again", () => seen.length === 1);
    expect(seen).toEqual([status(false)]);
    await world.leaveAll();
  });

  it("passes commands on with little delay", async () => {
    const device = await world.join("picarx");
    const bob = await world.join("bob", {}, "websocket");
    const delays: number[] = [];
    await device.subscribeAsync("demo/picarx/cmd");
    device.on("message", (_topic, payload) => delays.push(performance.now() - Number(payload)));
    for (let count = 1; count <= 150; count++) {
      bob.publish("demo/picarx/cmd", String(performance.now()));
      await waitUntil("the command", () => delays.length === count);
    }
    delays.sort((a, b) => a - b);
    process.stdout.write(
      `command through /mqtt, mosquitto and back: p50 ${delays[75]?.toFixed(2)} ms, p99 ${delays[148]?.toFixed(2)} ms\n`,
    );
    expect(delays[75]).toBeLessThan(20);
  });
});
