import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Front, type StubEngine, startFront, startStubEngine } from "../signalling/rig/front.ts";
import { offerText } from "../test-rig/offer.ts";
import { waitUntil } from "../test-rig/wait-until.ts";
import type { WatchEntry } from "./watch-table.ts";

const path = { device: "picarx", camera: "front" };
let engine: StubEngine;
let front: Front;
let ended: string[] = [];
beforeEach(async () => {
  engine = await startStubEngine();
  front = await startFront({ whepBase: engine.base, control: engine.control, apiSecret: "api" });
  ended = [];
});
afterEach(async () => {
  await front.stop();
  await engine.stop();
});

/** Puts something on the list. */
function begin(what: string, entry: Partial<WatchEntry>): void {
  front.watches.add({
    kind: "user",
    name: "ann",
    sid: "ann-1",
    transport: "whep",
    path,
    address: "192.0.2.1",
    bytes: () => null,
    end: () => void ended.push(what),
    ...entry,
  });
}
const visitor = { kind: "share", name: "share:link", sid: "share:link-1" } as const;
const device = { kind: "device", name: "picarx", sid: "picarx-1", transport: "mqtt", path: null } as const;
const boss = { name: "boss", sid: "boss-1" } as const;

describe("the revoker", () => {
  it("ends a sign-in's own, and one that cannot be ended keeps no other", () => {
    begin("broken", {
      end() {
        throw new Error("broken");
      },
    });
    begin("whep", {});
    begin("sse", { path: null, transport: "sse" });
    begin("boss", boss);
    front.state.sessions.end("ann-1");
    front.revoker.signInEnded("ann-1");
    expect(ended).toEqual(["whep", "sse"]);
    expect(front.watches.all()).toHaveLength(1);
  });

  it("ends what an account's grants no longer allow", () => {
    const dan = { name: "dan", sid: "dan-1" };
    begin("talk", { ...dan, transport: "whip", path: { ...path, camera: "talk" } });
    begin("watch", dan);
    begin("mqtt that goes on", { ...dan, transport: "mqtt", path: null, stillAllowed: () => true });
    begin("mqtt", { ...dan, transport: "mqtt", path: null, stillAllowed: () => false });
    begin("sse", { ...dan, transport: "sse", path: null });
    begin("another's sse", { path: null });
    front.revoker.accountChanged("dan");
    expect(ended).toEqual(["mqtt", "sse"]);
    front.state.accounts.grant("dan", "picarx", "view");
    front.revoker.accountChanged("dan");
    expect(ended).toEqual(["mqtt", "sse", "talk"]);
    front.state.accounts.revoke("dan", "picarx");
    front.revoker.accountChanged("dan");
    expect(ended).toEqual(["mqtt", "sse", "talk", "watch"]);
    front.state.accounts.remove("dan");
    front.revoker.accountChanged("dan");
    expect(ended.at(-1)).toBe("mqtt that goes on");
    expect(front.watches.all()).toHaveLength(1);
  });

  it("ends a share link's visitors", () => {
    begin("visitor", visitor);
    begin("ann", {});
    front.state.shares.remove("link");
    front.revoker.shareRemoved("link");
    expect(ended).toEqual(["visitor"]);
  });

  it("ends a removed device's connections, its streams at the engine, and what runs on its paths", async () => {
    engine.rtsp = [
      { id: "front", user: "picarx" },
      { id: "talk", user: "picarx" },
      { id: "other", user: "other" },
      { id: "pictures", user: "gateway" },
      { id: "idle", user: "" },
    ];
    begin("mqtt", device);
    begin("talker", { ...boss, transport: "whip", path: { ...path, camera: "talk" } });
    begin("viewer", {});
    begin("elsewhere", { ...boss, path: { device: "other", camera: "front" } });
    front.state.devices.remove("picarx");
    front.revoker.deviceRemoved("picarx", "picarx-1");
    expect(ended.sort()).toEqual(["mqtt", "talker", "viewer"]);
    await waitUntil("the cuts", () => engine.kicked.length === 2);
    // Let in just before, and there just after.
    engine.rtsp.push({ id: "late", user: "picarx" });
    await waitUntil("the late one's cut", () => engine.kicked.length === 3, 1000);
    expect(engine.kicked).toEqual(["front", "talk", "late"]);
  });

  it("leaves a device alone that was enrolled anew and is back with that", async () => {
    front.state.devices.put("picarx", { secretHash: "h", generation: "picarx-2" }, Date.now());
    engine.rtsp = [{ id: "old", user: "picarx" }];
    begin("new mqtt", { ...device, sid: "picarx-2" });
    begin("old mqtt", device);
    front.revoker.deviceRemoved("picarx", "picarx-1");
    await waitUntil("the cut", () => engine.kicked.length === 1);
    front.token("picarx", "picarx-2");
    engine.rtsp = [{ id: "new", user: "picarx" }];
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect([engine.kicked, ended]).toEqual([["old"], ["old mqtt"]]);
  });

  it("ends within a second what ends by time alone", async () => {
    const soon = Date.now() + 200;
    front.state.sessions.add({ id: "ann-2", account: "ann", cookieHash: "2", expiresMs: soon }, Date.now());
    begin("soon", { sid: "ann-2" });
    begin("soon, bound to no path", { sid: "ann-2", path: null });
    begin("later", {});
    await waitUntil("the end", () => ended.length === 2, 1000 + 200);
    expect(front.watches.all()).toHaveLength(1);
  });

  it("ends 300 sessions within a second of an engine that takes 200 ms for each cut, and denies before the first", async () => {
    for (let person = 0; person < 5; person++) {
      front.state.sessions.add(
        { id: `ann-x${person}`, account: "ann", cookieHash: `x${person}`, expiresMs: Date.now() + 60_000 },
        Date.now(),
      );
    }
    const location = await front.call("POST", "/live/picarx/front/whep", "ann", offerText, { "content-type": "application/sdp" });
    for (let count = 1; count < 300; count++) {
      front.sessions.add({
        kind: "whep",
        owner: { kind: "user", name: "ann", sid: `ann-x${count % 5}` },
        path,
        address: "",
        secretPath: `/picarx/front/whep/${count}`,
        engineId: `more-${count}`,
      });
    }
    engine.delayMs = 200;
    front.state.accounts.revoke("ann", "picarx");
    const startMs = performance.now();
    front.revoker.accountChanged("ann");
    const deniedMs = performance.now() - startMs;
    expect([front.watches.all().length, front.sessions.all().length, engine.kicked.length]).toEqual([0, 0, 0]);
    const patched = await front.call("PATCH", location.headers.get("location") ?? "", "ann", "", {});
    expect(patched.status).toBe(404);
    await waitUntil("every cut", () => engine.kicked.length === 300, 1000);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(deniedMs).toBeLessThan(50);
  });

  it("tries again where the engine fails", async () => {
    let failures = 2;
    const kick = engine.control.kickWebrtc;
    Object.assign(engine.control, { kickWebrtc: (id: string) => (failures-- > 0 ? Promise.reject(new Error("away")) : kick(id)) });
    await front.call("POST", "/live/picarx/front/whep", "ann", offerText, { "content-type": "application/sdp" });
    front.state.sessions.end("ann-1");
    front.revoker.signInEnded("ann-1");
    await waitUntil("the cut", () => engine.kicked.length === 1, 1000);
  });
});
