import { FakeClock, silentLog } from "@helmcast/runtime";
import { describe, expect, it } from "vitest";
import { createDeviceProofs } from "./device-proofs.ts";
import { createDeviceStreams, expiryGraceMs } from "./device-streams.ts";

function makeStreams() {
  const clock = new FakeClock(1_000_000);
  const engine = { sessions: [{ id: "one", user: "picarx" }], kicked: [] as string[], away: false };
  const control = {
    rtspSessions: () => (engine.away ? Promise.reject(new Error("away")) : Promise.resolve(engine.sessions)),
    kickRtsp(id: string) {
      engine.kicked.push(id);
      return Promise.resolve(true);
    },
  };
  const proofs = createDeviceProofs();
  const generations = new Map([["picarx", "g1"]]);
  const devices = {
    get(id: string) {
      const generation = generations.get(id);
      return generation === undefined ? null : { secretHash: "", generation, createdMs: 0 };
    },
  };
  const streams = createDeviceStreams({ control, devices, proofs, clock, log: silentLog() });
  streams.start();
  const note = (lifeMs: number, sid = "g1") => proofs.note({ kind: "device", name: "picarx", sid, expMs: clock.wallMs() + lifeMs });
  return { clock, engine, generations, streams, note };
}

describe("the sweep of devices' streams", () => {
  it("ends a publisher whose token expired a while ago and was never renewed", async () => {
    const { clock, engine, note, streams } = makeStreams();
    note(60_000);
    await clock.advance(60_000 + expiryGraceMs - 1);
    expect(engine.kicked).toEqual([]);
    await clock.advance(20_000);
    expect(engine.kicked).toContain("one");
    streams.stop();
    expect(clock.pending).toBe(0);
  });

  it("leaves one alone that renews, and asks again after the engine was away", async () => {
    const { clock, engine, generations, note, streams } = makeStreams();
    for (let round = 0; round < 10; round++) {
      note(60_000);
      await clock.advance(60_000);
    }
    expect(engine.kicked).toEqual([]);
    engine.away = true;
    generations.set("picarx", "g2");
    await clock.advance(20_000);
    expect(engine.kicked).toEqual([]);
    engine.away = false;
    await clock.advance(10_000);
    expect(engine.kicked).toEqual(["one"]);
    streams.stop();
  });

  it("ends those that nobody let in, and never the gateway's own", async () => {
    const { clock, engine, streams } = makeStreams();
    engine.sessions = [
      { id: "stranger", user: "admin" },
      { id: "own", user: "gateway" },
      { id: "asked for credentials", user: "" },
    ];
    await clock.advance(10_000);
    expect(engine.kicked).toEqual(["stranger"]);
    streams.stop();
  });
});

describe("device proofs", () => {
  it("keep the newest of each device, and of another enrolment even an older one", () => {
    const proofs = createDeviceProofs();
    const note = (sid: string, expMs: number) => proofs.note({ kind: "device", name: "picarx", sid, expMs });
    note("g1", 200);
    note("g1", 100);
    expect(proofs.newest("picarx")).toEqual({ generation: "g1", expMs: 200 });
    note("g2", 100);
    expect(proofs.newest("picarx")).toEqual({ generation: "g2", expMs: 100 });
    proofs.note({ kind: "user", name: "ann", sid: "s", expMs: 1 });
    expect(proofs.newest("ann")).toBeNull();
  });

  it("are bounded", () => {
    const proofs = createDeviceProofs();
    for (let count = 0; count <= 1000; count++) {
      proofs.note({ kind: "device", name: `d${count}`, sid: "g", expMs: 1 });
    }
    expect([proofs.newest("d0"), proofs.newest("d1")?.generation]).toEqual([null, "g"]);
  });
});
