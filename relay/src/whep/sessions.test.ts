import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { createWhepSessions } from "./sessions.ts";

const camera = { device: "picarx", camera: "front" };

function makeSessions() {
  const clock = new FakeClock();
  const engine = { ids: ["one"], fails: false, kicked: [] as string[] };
  const control = {
    webrtcSessions: () => (engine.fails ? Promise.reject(new Error("away")) : Promise.resolve(engine.ids.map((id) => ({ id })))),
    kickWebrtc(id: string) {
      engine.kicked.push(id);
      return Promise.resolve(true);
    },
  };
  const sessions = createWhepSessions({ control, clock, log: silentLog() });
  const add = (engineId: string, account = "ann", signInId = "s1") =>
    sessions.add({ signInId, account, camera, secretPath: `/picarx/front/whep/${engineId}`, engineId });
  return { clock, engine, sessions, add };
}

describe("createWhepSessions", () => {
  it("shows a session to its own account only", () => {
    const { sessions, add } = makeSessions();
    const { id } = add("one");
    expect(sessions.find(id, "ann", camera)).toMatchObject({ engineId: "one" });
    expect(sessions.find(id, "bob", camera)).toBeNull();
    expect(sessions.find(id, "ann", { ...camera, camera: "back" })).toBeNull();
    expect(sessions.find("nothing", "ann", camera)).toBeNull();
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
    await expect(sessions.reserve("ann")).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
    await sessions.reserve("bob");
    for (let count = 0; count < 64; count++) {
      add("dead", "carl");
    }
    await clock.advance(15_000);
    await sessions.reserve("carl");
    sessions.stop();
  });

  it("counts sessions that are still being made", async () => {
    const { sessions } = makeSessions();
    const releases = await Promise.all(Array.from({ length: 64 }, () => sessions.reserve("ann")));
    await expect(sessions.reserve("ann")).rejects.toMatchObject({ code: "HC_GATEWAY_TOO_MANY_SESSIONS" });
    releases[0]?.();
    await sessions.reserve("ann");
  });

  it("cuts what a sign-in watches, and nothing else", async () => {
    const { sessions, add, engine } = makeSessions();
    add("one");
    add("two", "ann", "s2");
    await sessions.endSignIn("s1");
    expect(engine.kicked).toEqual(["one"]);
    expect(sessions.all().map((session) => session.engineId)).toEqual(["two"]);
  });
});
