import { FakeClock, silentLog, systemClock } from "@helmcast/runtime";
import mqtt from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBroker } from "../broker/broker.ts";
import { readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import { type StreamRig, startStreamRig } from "./rig/stream-rig.ts";

const message = {
  v: 1,
  capturedAtMs: 1_700_000_000_000,
  detections: [{ label: "cat", confidence: 0.9, box: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 } }],
};
const payload = JSON.stringify(message);
const front = { device: "picarx", camera: "front" };
const back = { device: "picarx", camera: "back" };
const left = { device: "rover", camera: "left" };
const event = (camera: string) => `data: ${JSON.stringify({ ...message, camera })}\n\n`;

let rig: StreamRig;
beforeEach(async () => {
  rig = await startStreamRig();
});
afterEach(() => rig.stop());

describe("the stream of detections", () => {
  it("brings what a device says over a real broker, as the contract has it and nothing more", async () => {
    const parts = { identities: rig.identities, watches: rig.watches, site: "demo", host: "127.0.0.1", port: 0 };
    const broker = createBroker({ ...parts, clock: systemClock, log: silentLog() });
    broker.onMessage(({ device, camera }, bytes) => camera !== undefined && rig.hub.take({ device, camera }, bytes));
    await broker.start();
    try {
      const stream = await rig.open("ann", "picarx/front");
      expect(stream.answer.headers).toMatchObject({
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
      });
      expect(stream.answer.headers["content-encoding"]).toBeUndefined();
      expect(rig.watches.all().map(({ transport, path, name }) => ({ transport, path, name }))).toEqual([
        { transport: "sse", path: front, name: "ann" },
      ]);
      const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port()}`, { username: "picarx", password: rig.tokenOf("picarx") });
      for (const text of ["no json", "[]", '{"v":2}', payload.replace("0.9", "9"), `{"v":1,"extra":1,${payload.slice(7)}`]) {
        await device.publishAsync("demo/picarx/detections/front", text);
      }
      await waitUntil("the event", () => stream.text().includes("cat"));
      expect(stream.text()).toBe(`retry: 2000\n\n${event("picarx/front")}`);
      await device.endAsync();
    } finally {
      await broker.stop();
    }
  });

  it("gives each caller only the cameras that it may see", async () => {
    const all = await Promise.all([rig.open("boss"), rig.open("ann"), rig.open("visitor"), rig.open("ann", "picarx/back")]);
    for (const path of [front, back, left]) {
      rig.hub.take(path, payload);
    }
    await waitUntil("the events", () => all[0]?.text().includes("rover/left") === true && all[3]?.text().includes("picarx/back") === true);
    const heard = all.map((stream) => ["picarx/front", "picarx/back", "rover/left"].filter((camera) => stream.text().includes(camera)));
    expect(heard).toEqual([
      ["picarx/front", "picarx/back", "rover/left"],
      ["picarx/front", "picarx/back"],
      ["picarx/front"],
      ["picarx/back"],
    ]);
  });

  it("asks again at every event: a grant taken away counts at once", async () => {
    const [ann, boss] = [await rig.open("ann"), await rig.open("boss")];
    rig.hub.take(front, payload);
    await waitUntil("the first", () => ann.text().includes("data:"));
    rig.state.accounts.revoke("ann", "picarx");
    rig.hub.take(front, payload);
    await waitUntil("boss hears both", () => boss.text().split("data:").length === 3);
    expect(ann.text().split("data:")).toHaveLength(2);
  });

  it("ends at once when it is ended or kicked, and is kept out after a kick", async () => {
    const [first, second] = [await rig.open("ann", "picarx/front"), await rig.open("boss")];
    const [watch] = rig.watches.all();
    expect(watch?.bytes()).toBe(0);
    expect(rig.watches.kick(watch?.id ?? "")).toBe(true);
    expect(rig.watches.endWhere(({ name }) => name === "boss")).toBe(1);
    await waitUntil("the end of both", () => first.ended() && second.ended());
    expect(rig.watches.all()).toEqual([]);
    const again = await fetch(`${rig.base}/api/detections/stream?camera=picarx/front`, { headers: rig.authOf("ann") });
    expect(await readRefusal(again)).toBe("403 HC_GATEWAY_KICKED");
  });

  it("is forgotten when the client leaves", async () => {
    const stream = await rig.open("ann");
    stream.close();
    await waitUntil("an empty list", () => rig.watches.all().length === 0);
  });

  it.each([
    ["nobody", "nobody", "", "401 HC_GATEWAY_NOT_SIGNED_IN"],
    ["a device", "picarx", "", "403 HC_GATEWAY_FORBIDDEN"],
    ["a camera of another's", "ann", "?camera=rover/left", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["a camera that is not there", "ann", "?camera=picarx/none", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["another camera than the link's", "visitor", "?camera=picarx/back", "404 HC_GATEWAY_CAMERA_UNKNOWN"],
    ["a name that is none", "ann", "?camera=..", "400 HC_GATEWAY_BAD_QUERY"],
    ["two cameras", "ann", "?camera=picarx/front&camera=picarx/back", "400 HC_GATEWAY_BAD_QUERY"],
    ["a question that it does not take", "ann", "?cameras=picarx/front", "400 HC_GATEWAY_BAD_QUERY"],
    ["a token in the address", "ann", "?token=x", "401 HC_GATEWAY_TOKEN_IN_QUERY"],
  ])("refuses %s", async (_what, who, query, refusal) => {
    const headers = who === "nobody" ? {} : rig.authOf(who);
    expect(await readRefusal(await fetch(`${rig.base}/api/detections/stream${query}`, { headers }))).toBe(refusal);
    expect(rig.watches.all()).toEqual([]);
  });

  it("answers HEAD without a stream, and no other method", async () => {
    const headers = rig.authOf("ann");
    const head = await fetch(`${rig.base}/api/detections/stream`, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    expect((await fetch(`${rig.base}/api/detections/stream`, { method: "POST", headers })).status).toBe(405);
    expect(rig.watches.all()).toEqual([]);
  });
});

describe("time", () => {
  it("beats every 15 s, and the stream ends with the proof that it began with", async () => {
    const clock = new FakeClock(Date.now());
    const timed = await startStreamRig(clock);
    try {
      const stream = await timed.open("ann");
      await clock.advance(30_000);
      await waitUntil("two beats", () => stream.text().split("\n:\n").length === 3);
      await clock.advance(24 * 3_600_000);
      await waitUntil("the end", () => stream.ended());
      expect(stream.answer.complete).toBe(true);
      await waitUntil("an empty list", () => timed.watches.all().length === 0);
      expect(clock.pending).toBe(0);
    } finally {
      await timed.stop();
    }
  });
});
