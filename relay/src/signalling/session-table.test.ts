import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { createWatches } from "../watching/watches.ts";
import { createSignallingSessions } from "./session-table.ts";

const person = (name: string, sid = "s1") => ({ kind: "user" as const, name, sid });
const path = { device: "picarx", camera: "front" };

function makeSessions() {
  const clock = new FakeClock();
  const engine = { ids: ["one"], fails: false, asked: 0, kicked: [] as string[] };
  const control = {
    webrtcSessions() {
      engine.asked++;
      return engine.fails ? Promise.reject(new Error("away")) : Promise.resolve(engine.ids.map((id) => ({ id })));
    },
    kickWebrtc(id: string) {
      engine.kicked.push(id);
      engine.ids = engine.ids.filter((one) => one !== id);
      return Promise.resolve(true);
    },
  };
  const watches = createWatches({ clock, log: silentLog() });
  const sessions = createSignallingSessions({ control, watches, clock, log: silentLog() });
  const add = (engineId: string, name = "ann", sid = "s1") =>
    sessions.add({ kind: "whep", owner: person(name, sid), path, address: "", secretPath: `/picarx/front/whep/${engineId}`, engineId });
  return { clock, engine, sessions, watches, add };
}

describe("createSignallingSessions", () => {
  it("shows a session to its own account only", () => {
    const { sessions, add } = makeSessions();
    const { id } = add("one");
    expect(sessions.find(id, "whep", person("ann"), path)).toMatchObject({ engineId: "one" });
    expect(sessions.find(id, "whep", person("bob"), path)).toBeNull();
    expect(sessions.find(id, "whep", person("ann"), { ...path, camera: "back" })).toBeNull();
    expect(sessions.find(id, "whip", person("ann"), path)).toBeNull();
    expect(sessions.find(id, "whep", { ...person("ann"), kind: "share" }, path)).toBeNull();
    expect(sessions.find("nothing", "whep", person("ann"), path)).toBeNull();
  });

  it("forgets sessions that the engine no longer has, once they are not young", async () => {
    const { clock, sessions, add, engine } = makeSessions();
    add("one");
    add("two");
    await clock.advance(10_000);
    expect(sessions.all()).toHaveLength(2);
    engine.fails = true;
    await clock.advance(10_000);
    expect(sessions.all()).toHaveLength(2);
    engine.fails = false;
    await clock.advance(10_000);
    expect(sessions.all().map((session) => session.engineId)).toEqual(["one"]);
    sessions.stop();
  });

  it("bounds the sessions of one account, after forgetting dead ones", async () => {
    const { clock, sessions, add } = makeSessions();
    for (let count = 0; count < 64; count++) {
      add("one");
    }
    await expect(sessions.reserve(person("ann"))).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
    await sessions.reserve(person("bob"));
    for (let count = 0; count < 64; count++) {
      add("dead", "carl");
    }
    await clock.advance(15_000);
    await sessions.reserve(person("carl"));
    sessions.stop();
  });

  it("bounds the sessions of a share link's visitor, and of all visitors by that link", async () => {
    const { sessions } = makeSessions();
    const visitor = (sid: string, name = "share:link") => ({ kind: "share" as const, name, sid });
    const reserve = (count: number, owner: ReturnType<typeof visitor>) =>
      Promise.all(Array.from({ length: count }, () => sessions.reserve(owner)));
    const full = { code: "HC_GATEWAY_TOO_MANY_SESSIONS" };
    await reserve(16, visitor("s0"));
    await expect(sessions.reserve(visitor("s0"))).rejects.toMatchObject(full);
    for (let index = 1; index < 62; index++) {
      await reserve(16, visitor(`s${index}`));
    }
    await reserve(8, visitor("s62"));
    await expect(sessions.reserve(visitor("s63"))).rejects.toMatchObject(full);
    await sessions.reserve(visitor("s63", "share:other"));
    await sessions.reserve(person("ann"));
  });

  it("bounds the sessions of all together", async () => {
    const { sessions, add } = makeSessions();
    for (let count = 0; count < 2000; count++) {
      add("one", `person-${count % 40}`, `s${count % 40}`);
    }
    await expect(sessions.reserve(person("ann"))).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
    sessions.remove(sessions.all()[0]?.id ?? "");
    await sessions.reserve(person("ann"));
    sessions.stop();
  });

  it("counts sessions that are still being made", async () => {
    const { sessions } = makeSessions();
    const releases = await Promise.all(Array.from({ length: 64 }, () => sessions.reserve(person("ann"))));
    await expect(sessions.reserve(person("ann"))).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
    releases[0]?.();
    await sessions.reserve(person("ann"));
  });

  it("is cut from the list of watches, and leaves it by itself", async () => {
    const { clock, sessions, watches, add, engine } = makeSessions();
    add("one");
    add("two", "ann", "s2");
    const third = add("three", "ann", "s3");
    expect(watches.all()).toMatchObject([{ transport: "whep", path, sid: "s1" }, { sid: "s2" }, { sid: "s3" }]);
    expect(watches.endWhere(({ sid }) => sid === "s1")).toBe(1);
    expect(engine.kicked).toEqual(["one"]);
    sessions.end(third.id);
    await clock.advance(20_000);
    expect(engine.kicked).toEqual(["one", "three"]);
    expect([sessions.all(), watches.all()]).toEqual([[], []]);
  });

  it("cuts no session that is being made for others, however often somebody finds no place", async () => {
    const { clock, sessions, add, engine } = makeSessions();
    for (let count = 0; count < 64; count++) {
      add("one");
    }
    engine.ids = ["one", "being made"];
    for (let round = 0; round < 3; round++) {
      await expect(sessions.reserve(person("ann"))).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
      await clock.advance(1000);
    }
    expect(engine.kicked).toEqual([]);
    sessions.stop();
  });

  it("asks the engine once for all who find no place at the same time", async () => {
    const { sessions, add, engine } = makeSessions();
    for (let count = 0; count < 64; count++) {
      add("one");
    }
    await Promise.allSettled(Array.from({ length: 20 }, () => sessions.reserve(person("ann"))));
    expect(engine.asked).toBe(1);
    sessions.stop();
  });

  it("cuts what the engine has beyond it, when that is found twice", async () => {
    const { clock, sessions, add, engine } = makeSessions();
    add("one");
    engine.ids = ["one", "stray", "being made"];
    await clock.advance(10_000);
    expect(engine.kicked).toEqual([]);
    engine.ids = ["one", "stray"];
    await clock.advance(10_000);
    expect(engine.kicked).toEqual(["stray"]);
    sessions.end(sessions.all()[0]?.id ?? "");
    await clock.advance(10_000);
    expect([engine.kicked, clock.pending]).toEqual([["stray", "one"], 0]);
  });

  it("cuts what it has no room to list", async () => {
    const { sessions, watches, add, engine } = makeSessions();
    while (watches.all().length < 256) {
      watches.add({ ...person("ann"), transport: "sse", path: null, address: "", bytes: () => null, end: () => undefined });
    }
    expect(() => add("one")).toThrow(expect.objectContaining({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" }));
    expect([sessions.all(), engine.kicked]).toEqual([[], ["one"]]);
  });
});
