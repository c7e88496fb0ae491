import { watchListSchema } from "@helmcast/config";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Front, type StubEngine, startFront, startStubEngine } from "../signalling/rig/front.ts";
import { offerText } from "../test-rig/offer.ts";
import { readRefusal } from "../test-rig/start-gateway.ts";
import { waitUntil } from "../test-rig/wait-until.ts";

let engine: StubEngine;
let front: Front;
beforeAll(async () => {
  engine = await startStubEngine();
  front = await startFront({ whepBase: engine.base, control: engine.control, apiSecret: "api" });
});
afterAll(async () => {
  await front.stop();
  await engine.stop();
});
beforeEach(() => void front.watches.endWhere(() => true));

const begin = (who: string, headers: Record<string, string> = {}) =>
  front.call("POST", "/live/picarx/front/whep", who, offerText, { "content-type": "application/sdp", ...headers });
const list = async (who: string) => watchListSchema.parse(await (await front.call("GET", "/api/sessions", who)).json());
const addMqtt = () =>
  front.watches.add({
    kind: "device",
    name: "picarx",
    sid: "picarx-1",
    transport: "mqtt",
    path: null,
    address: "192.0.2.9",
    bytes: () => 7,
    end: () => undefined,
  });

describe("the list of who is connected", () => {
  it("shows everything to those who run the relay, newest first", async () => {
    await begin("ann", { "x-forwarded-for": "198.51.100.7" });
    await begin("share:link");
    addMqtt();
    const seen = await list("boss");
    expect(seen).toMatchObject([
      { kind: "device", who: "picarx", transport: "mqtt", camera: null, address: "192.0.2.9", bytes: 7 },
      { kind: "share", who: "Grandma", transport: "whep", camera: "picarx/front", bytes: null },
      { kind: "user", who: "ann", transport: "whep", camera: "picarx/front", address: "198.51.100.7" },
    ]);
    expect(Date.now() - Date.parse(seen[0]?.sinceAt ?? "")).toBeLessThan(5000);
  });

  it("shows to others what runs on the devices that they manage, and nothing to those who manage none", async () => {
    await begin("ann");
    addMqtt();
    front.watches.add({
      kind: "user",
      name: "boss",
      sid: "boss-1",
      transport: "hls",
      path: { device: "other", camera: "front" },
      address: "",
      bytes: () => 0,
      end: () => undefined,
    });
    expect((await list("amy")).map(({ who, camera }) => [who, camera])).toEqual([["ann", "picarx/front"]]);
    expect([await list("ann"), await list("dan")]).toEqual([[], []]);
    for (const who of ["share:link", "picarx"]) {
      expect(await readRefusal(await front.call("GET", "/api/sessions", who))).toBe("403 HC_GATEWAY_FORBIDDEN");
    }
    expect((await fetch(`${front.base}/api/sessions`)).status).toBe(401);
    expect(await readRefusal(await front.call("POST", "/api/sessions", "boss"))).toBe("405 HC_GATEWAY_METHOD");
  });
});

describe("a kick", () => {
  it("ends it, keeps it out for a while, and is recorded", async () => {
    const location = (await begin("ann")).headers.get("location") ?? "";
    const [watch] = await list("amy");
    const before = engine.kicked.length;
    expect((await front.call("DELETE", `/api/sessions/${watch?.id}`, "amy")).status).toBe(204);
    await waitUntil("the cut", () => engine.kicked.length === before + 1);
    expect((await front.call("DELETE", location, "ann")).status).toBe(404);
    const asked = engine.seen.length;
    expect(await readRefusal(await begin("ann"))).toBe("403 HC_GATEWAY_KICKED");
    expect(engine.seen).toHaveLength(asked);
    expect((await begin("dan")).status).toBe(201);
    expect(front.state.audit.read({ limit: 1 }).entries).toMatchObject([
      { kind: "kicked", actor: "amy", subject: "ann", device: "picarx", address: "127.0.0.1" },
    ]);
  });

  it("of what the caller does not manage is one of what does not exist", async () => {
    const { id } = addMqtt();
    await begin("dan");
    const [watch] = (await list("boss")).filter(({ who }) => who === "dan");
    const answers = await Promise.all([
      front.call("DELETE", `/api/sessions/${id}`, "amy"),
      front.call("DELETE", `/api/sessions/${watch?.id}`, "ann"),
      front.call("DELETE", "/api/sessions/nothing", "boss"),
    ]);
    expect(await Promise.all(answers.map(readRefusal))).toEqual(Array(3).fill("404 HC_GATEWAY_NOT_FOUND"));
    expect(await list("boss")).toHaveLength(2);
  });
});
