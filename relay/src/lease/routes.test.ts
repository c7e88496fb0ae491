import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LeaseRig, refusalOf, rigStartMs, startLeaseRig } from "./rig/lease-rig.ts";

let rig: LeaseRig;
beforeEach(async () => {
  rig = await startLeaseRig();
});
afterEach(() => rig.stop());

const path = "/api/leases/picarx";

describe("who may", () => {
  const [ok, no, none] = ["200", "403 HC_GATEWAY_FORBIDDEN", "404 HC_GATEWAY_DEVICE_UNKNOWN"];
  const outcome = async (response: Response) => (response.ok ? String(response.status) : refusalOf(response));

  it.each([
    ["boss", ok, ok, ok],
    ["amy", ok, ok, ok],
    ["dan", ok, ok, no],
    ["vic", ok, no, no],
    ["lee", none, none, none],
    ["share:link", ok, no, no],
    ["picarx", no, no, no],
    ["lorry", none, none, none],
  ])("%s: look %s, take %s, seize %s", async (who, look, take, seize) => {
    expect(await outcome(await rig.call("GET", path, who))).toBe(look);
    expect(await outcome(await rig.call("POST", path, who, { action: "take", tab: "a-tab-of-mine" }))).toBe(take);
    expect(await outcome(await rig.call("POST", path, who, { action: "seize", tab: "a-tab-of-mine" }))).toBe(seize);
  });

  it("knows no device that is not enrolled, for those with a role on every device either, and nobody without a proof", async () => {
    for (const name of ["nothing", "No%20such", "*"]) {
      expect(await outcome(await rig.call("GET", `/api/leases/${name}`, "boss"))).toBe(none);
    }
    expect((await fetch(`${rig.base}${path}`)).status).toBe(401);
    expect(await outcome(await rig.call("DELETE", path, "boss"))).toBe("405 HC_GATEWAY_METHOD");
  });

  it.each([
    ["an unknown action", { action: "steal", tab: "a-tab-of-mine" }],
    ["a tab that is too short", { action: "take", tab: "1" }],
    ["a number that is none", { action: "renew", tab: "a-tab-of-mine", lease: "7" }],
    ["a number that is not whole", { action: "renew", tab: "a-tab-of-mine", lease: 1.5 }],
    ["a field too many", { action: "take", tab: "a-tab-of-mine", lease: 7 }],
  ])("refuses %s and changes nothing", async (_what, body) => {
    expect(await outcome(await rig.call("POST", path, "dan", body))).toBe("400 HC_GATEWAY_BAD_BODY");
    expect((await rig.call("POST", path, "dan", { action: "take", tab: "x".repeat(5000) })).status).toBe(413);
    expect((await rig.call("GET", `${path}?tab=1`, "dan")).status).toBe(400);
    expect(rig.told).toEqual([]);
  });
});

describe("driving", () => {
  it("is told to the device at once and at each renewal, and shown to everybody who may watch, without the number", async () => {
    const number = await rig.drive("dan");
    await rig.clock.advance(1000);
    expect(await rig.wish("dan", "renew", { lease: number })).toMatchObject({ lease: number, state: { mine: true, expiresInMs: 3000 } });
    const told = { topic: "demo/picarx/lease", v: 1, kind: "lease", lease: number, holder: "dan", ttlMs: 3000 };
    expect(rig.told).toEqual([told, told]);
    await rig.clock.advance(500);
    const response = await rig.call("GET", path, "vic");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      state: {
        device: "picarx",
        holder: "dan",
        mine: false,
        sinceAt: new Date(rigStartMs).toISOString(),
        expiresInMs: 2500,
        ask: null,
        answer: null,
      },
      lease: null,
      may: "stop",
    });
    expect([(await rig.look("dan", "another-tab")).may, (await rig.look("amy", "amy-tab-1")).may]).toEqual(["drive", "seize"]);
    expect((await rig.look("dan", "another-tab")).lease).toBeNull();
    expect((await rig.look("dan", "dan-tab-1")).lease).toBe(number);
  });

  it("ends by itself without a renewal, and a tab that slept learns it", async () => {
    const number = await rig.drive("dan");
    await rig.clock.advance(2999);
    expect([rig.leases.mayDrive("picarx", "dan-1"), rig.leases.mayDrive("picarx", "dora-1")]).toEqual([true, false]);
    await rig.clock.advance(1);
    expect(rig.leases.mayDrive("picarx", "dora-1")).toBe(true);
    expect(rig.told.at(-1)).toMatchObject({ lease: null, holder: null, ttlMs: 0 });
    const next = await rig.drive("dora");
    expect(next).toBeGreaterThan(number);
    await rig.clock.advance(1000);
    await rig.drive("dora", "renew", { lease: next });
    await rig.clock.advance(10_000);
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect(await rig.wish("dora", "renew", { lease: next })).toBe("409 HC_GATEWAY_LEASE_LOST");
  });

  it("is refused to a second person by name, and free after a release", async () => {
    const number = await rig.drive("dan");
    const refused = await rig.call("POST", path, "dora", { action: "take", tab: "dora-tab-1" });
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { code: "HC_GATEWAY_LEASE_HELD", error: expect.stringContaining("dan") },
    ]);
    expect(await rig.wish("dora", "release", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect(await rig.wish("dan", "release", { lease: number })).toMatchObject({ lease: null, state: { holder: null } });
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
    expect(await rig.drive("dora")).toBeGreaterThan(number);
  });

  it("is of its own on each device", async () => {
    await rig.drive("dan");
    const other = await rig.call("POST", "/api/leases/lorry", "lee", { action: "take", tab: "lee-tab-1" });
    expect([other.status, rig.told.at(-1)?.topic]).toEqual([200, "demo/lorry/lease"]);
    expect([rig.leases.mayDrive("lorry", "dan-1"), rig.leases.mayDrive("picarx", "dan-1")]).toEqual([false, true]);
  });

  it("does not flood the device with renewals that come too fast", async () => {
    const number = await rig.drive("dan");
    for (let index = 0; index < 50; index++) {
      await rig.clock.advance(20);
      await rig.drive("dan", "renew", { lease: number });
    }
    expect(rig.told).toHaveLength(3);
  });
});

it("refuses a driver who takes and gives back in a loop, and lets who manages the device in all the same", async () => {
  const answers: Array<string | number> = [];
  for (let index = 0; index < 11; index++) {
    const reply = await rig.wish("dan", "take");
    answers.push(typeof reply === "string" ? reply : 200);
  }
  expect(answers).toEqual([...Array(10).fill(200), "429 HC_GATEWAY_TOO_MANY_REQUESTS"]);
  const refused = await rig.call("POST", path, "dan", { action: "take", tab: "dan-tab-1" });
  expect(refused.headers.get("retry-after")).toBe("1");
  await rig.drive("amy", "seize");
  await rig.clock.advance(3000);
  await rig.drive("dan");
});

describe("taking over", () => {
  it("is asked for, shown to all, and granted by the driver", async () => {
    const number = await rig.drive("dan");
    expect(await rig.wish("dora", "ask")).toMatchObject({ lease: null, state: { ask: { by: "dora", mine: true, answerInMs: 10_000 } } });
    const refused = await rig.call("POST", path, "amy", { action: "ask", tab: "amy-tab-1" });
    expect(await refused.json()).toMatchObject({ code: "HC_GATEWAY_LEASE_ASKED", error: expect.stringContaining("dora") });
    await rig.clock.advance(500);
    const { ask } = (await rig.look("vic")).state;
    expect(ask).toMatchObject({ by: "dora", mine: false, answerInMs: 9500 });
    expect(await rig.wish("dan", "answer", { id: ask?.id, grant: true })).toMatchObject({ lease: null, state: { holder: "dora" } });
    const granted = await rig.look("dora", "dora-tab-1");
    expect(granted.state).toMatchObject({ mine: true, answer: "granted", ask: null });
    expect(granted.lease).toBeGreaterThan(number);
    expect((await rig.look("dora", "dora-tab-1")).state.answer).toBeNull();
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect(rig.told.map(({ holder }) => holder)).toEqual(["dan", "dora"]);
    expect(rig.leases.mayDrive("picarx", "dan-1")).toBe(false);
  });

  it("is refused by the driver, and not asked for again at once", async () => {
    await rig.drive("dan");
    await rig.wish("dora", "ask");
    await rig.wish("dan", "answer", { id: "1", grant: false });
    expect((await rig.look("dora", "dora-tab-1")).state.answer).toBe("refused");
    expect(await rig.wish("dora", "ask")).toBe("409 HC_GATEWAY_LEASE_REFUSED");
    expect(await rig.wish("dan", "answer", { id: "1", grant: true })).toBe("409 HC_GATEWAY_LEASE_ASK_GONE");
  });

  it("happens when the driver does not answer for 10 s, to who is still there", async () => {
    const number = await rig.drive("dan");
    await rig.wish("dora", "ask");
    for (let second = 1; second < 10; second++) {
      await rig.clock.advance(1000);
      await rig.drive("dan", "renew", { lease: number });
      expect((await rig.look("dora", "dora-tab-1")).lease).toBeNull();
    }
    await rig.clock.advance(1000);
    expect(rig.told.at(-1)).toMatchObject({ holder: "dora", ttlMs: 3000 });
    expect((await rig.look("dora", "dora-tab-1")).state).toMatchObject({ mine: true, answer: "granted" });
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
  });

  it("does not happen for somebody who left meanwhile", async () => {
    const number = await rig.drive("dan");
    await rig.wish("dora", "ask");
    for (let second = 1; second <= 12; second++) {
      await rig.clock.advance(1000);
      await rig.drive("dan", "renew", { lease: number });
    }
    expect((await rig.look("dora", "dora-tab-1")).state).toMatchObject({ holder: "dan", ask: null, answer: "withdrawn" });
  });

  it("is at once between two tabs of one person, and for who manages the device", async () => {
    const first = await rig.drive("dan");
    expect(await rig.wish("dan", "take", { tab: "dan-tab-2" })).toBe("409 HC_GATEWAY_LEASE_HELD");
    const second = await rig.drive("dan", "ask", { tab: "dan-tab-2" });
    expect(await rig.wish("dan", "renew", { lease: first })).toBe("409 HC_GATEWAY_LEASE_LOST");
    const third = await rig.drive("amy", "seize");
    expect(await rig.wish("dan", "renew", { lease: second, tab: "dan-tab-2" })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect([third > second, second > first]).toEqual([true, true]);
  });
});
