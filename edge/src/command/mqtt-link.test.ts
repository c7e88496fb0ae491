import { silentLog, systemClock } from "@helmcast/runtime";
import type { Client } from "aedes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeviceToken } from "../session/fetch-token.ts";
import { type FakeGateway, startFakeGateway } from "../test-rig/fake-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { defaultWatchdogLimits } from "../watchdog/watchdog-machine.ts";
import { MqttLink } from "./mqtt-link.ts";

const lastWill = JSON.stringify({ v: 1, online: false, cameras: [] });
let gateway: FakeGateway;
let link: MqttLink;
let heard: string[];
let links: boolean[];
let refusals: number;
let guests: Client[];
let wills: number;

const token = (accessToken: string): DeviceToken => ({
  accessToken,
  lifetimeMs: 60_000,
  rtspPort: 1,
  mqttPort: gateway.mqttPort,
  site: "demo",
});

function say(text: string): void {
  gateway.broker.publish({ cmd: "publish", topic: "demo/picarx/cmd", payload: text, qos: 0, retain: false, dup: false }, () => undefined);
}

beforeEach(async () => {
  gateway = await startFakeGateway("right");
  [heard, links, guests, refusals, wills] = [[], [], [], 0, 0];
  gateway.broker.on("client", (client) => guests.push(client));
  gateway.broker.on("publish", (packet) => {
    wills += packet.topic === "demo/picarx/status" && packet.payload.toString() === lastWill ? 1 : 0;
  });
  link = new MqttLink({
    device: "picarx",
    host: "127.0.0.1",
    channels: ["cmd"],
    lastWill,
    clock: systemClock,
    random: () => 0.5,
    log: silentLog(),
    onMessage: (message) => heard.push(message.payload.toString()),
    onLink: (up) => links.push(up),
    onRefused: () => {
      refusals += 1;
    },
  });
  await link.start();
  link.useToken(token("first-token"));
  await waitUntil("the link is up", () => links.length === 1);
});

afterEach(async () => {
  await link.stop();
  await gateway.close();
});

describe("MqttLink at a renewal of the token", () => {
  it("keeps commands flowing, each once, without a gap, a link that is down or a last will", async () => {
    gateway.token = "second-token";
    let lastMs = performance.now();
    let gapMs = 0;
    const sent: string[] = [];
    for (let index = 0; index < 40; index++) {
      sent.push(`c${index}`);
      say(`c${index}`);
      if (index === 10) {
        link.useToken(token("second-token"));
      }
      await waitUntil(`command ${index} is heard`, () => heard.length > index, 2000);
      const nowMs = performance.now();
      gapMs = Math.max(gapMs, nowMs - lastMs);
      lastMs = nowMs;
      await new Promise((done) => setTimeout(done, 10));
    }
    await waitUntil("the old connection is gone", () => gateway.broker.connectedClients === 1);
    expect(heard).toEqual(sent);
    expect(gapMs).toBeLessThan(defaultWatchdogLimits.softMs);
    expect(links).toEqual([true, true]);
    expect(new Set(guests.map((guest) => guest.id)).size).toBe(2);
    expect(wills).toBe(0);
  });

  it("hears a stop that the broker sent to the old connection alone", async () => {
    link.useToken(token("first-token"));
    const old = guests[0];
    const sendToOld = (channel: string) =>
      new Promise<void>((done) => {
        old?.publish({ cmd: "publish", topic: `demo/picarx/${channel}`, payload: channel, qos: 0, retain: false, dup: false }, () =>
          done(),
        );
      });
    await waitUntil("the link is renewed", () => links.length === 2);
    await sendToOld("cmd");
    await sendToOld("estop");
    await waitUntil("the stop is heard", () => heard.length > 0, 1000);
    expect(heard).toEqual(["estop"]);
  });

  it("stays up with the old connection while the broker refuses the new token", async () => {
    link.useToken(token("wrong-token"));
    await waitUntil("the refusal is told", () => refusals === 1);
    say("still here");
    await waitUntil("the command is heard", () => heard.includes("still here"));
    expect(links).toEqual([true]);
    link.useToken(token("first-token"));
    await waitUntil("the link is renewed", () => links.length === 2);
    expect(links).toEqual([true, true]);
  });

  it("tells the end of the link once, and comes back", async () => {
    gateway.dropMqtt();
    await waitUntil("it is back", () => links.length === 3);
    expect(links).toEqual([true, false, true]);
    expect(refusals).toBe(0);
  });

  it("drops what may be dropped while earlier bytes still wait, and takes it again afterwards", async () => {
    const droppable = { qos: 0, retain: false, isDroppable: true } as const;
    expect(link.publish("telemetry", "first", droppable)).toBe(true);
    await waitUntil("nothing waits", () => link.publish("telemetry", "second", droppable));
    expect(link.publish("ack", "x".repeat(8_000_000), { qos: 0, retain: false })).toBe(true);
    expect(link.publish("telemetry", "late", droppable)).toBe(false);
    expect(link.publish("ack", "not to be dropped", { qos: 1, retain: false })).toBe(true);
    await waitUntil("nothing waits again", () => link.publish("telemetry", "third", droppable));
  });

  it("says goodbye once and leaves no connection, also in the middle of a renewal", async () => {
    link.useToken(token("first-token"));
    await link.stop();
    await waitUntil("all connections are gone", () => gateway.broker.connectedClients === 0);
    expect(wills).toBe(1);
    expect(links).toEqual([true, false]);
  });
});
