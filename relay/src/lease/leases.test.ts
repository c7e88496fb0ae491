import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchListSchema } from "@helmcast/config";
import { FakeClock } from "@helmcast/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { type LeaseRig, rigStartMs, startLeaseRig } from "./rig/lease-rig.ts";

const rigs: LeaseRig[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    await rig.stop();
  }
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
});
const start = async (options: Parameters<typeof startLeaseRig>[0] = {}) => {
  const rig = await startLeaseRig(options);
  rigs.push(rig);
  return rig;
};

describe("a lease ends with what it stands on", () => {
  const ways: ReadonlyArray<readonly [string, (rig: LeaseRig) => unknown]> = [
    ["the sign-in", ({ state, revoker }) => [state.sessions.end("dan-1"), revoker.signInEnded("dan-1")]],
    ["the grant", ({ state, revoker }) => [state.accounts.grant("dan", "picarx", "view"), revoker.accountChanged("dan")]],
    ["the account", ({ state, revoker }) => [state.accounts.remove("dan"), revoker.accountChanged("dan")]],
    ["the device", ({ state, revoker }) => [state.devices.remove("picarx"), revoker.deviceRemoved("picarx", "picarx-1")]],
  ];
  it.each(ways)("%s", async (_what, takeAway) => {
    const rig = await start();
    await rig.drive("dan");
    takeAway(rig);
    expect(rig.told.at(-1)).toMatchObject({ lease: null, holder: null });
    expect(rig.leases.mayDrive("picarx", "dora-1")).toBe(true);
    expect(rig.state.audit.read({ limit: 1 }).entries).toMatchObject([{ kind: "lease-ended", actor: "relay", subject: "dan (revoked)" }]);
  });

  it("a grant that was taken away without a word, within a second", async () => {
    const rig = await start();
    const number = await rig.drive("dan");
    rig.state.accounts.grant("dan", "picarx", "view");
    await rig.clock.advance(500);
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("403 HC_GATEWAY_FORBIDDEN");
  });

  it("the proof that was shown last, however often it is renewed", async () => {
    const rig = await start();
    const expMs = rig.clock.wallMs() + 4500;
    const caller = { name: "dan", sid: "dan-1", expMs, address: "" };
    const { lease } = rig.leases.wish("picarx", caller, { action: "take", tab: "dan-tab-1" });
    await rig.clock.advance(2000);
    const renewed = rig.leases.wish("picarx", caller, { action: "renew", tab: "dan-tab-1", lease: lease ?? 0 });
    expect([renewed.state.expiresInMs, rig.told.at(-1)?.ttlMs]).toEqual([2500, 2500]);
    await rig.clock.advance(2500);
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
  });

  it("the relay, which says so to the device", async () => {
    const rig = await start();
    await rig.drive("dan");
    await rig.leases.stop();
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
  });
});

it("a lease ends by itself also when its timer is a little early", async () => {
  const clock = new FakeClock(rigStartMs);
  const after = clock.after.bind(clock);
  let isEarly = true;
  clock.after = (ms, ...rest) => after(isEarly ? Math.max(0, ms - 0.5) : ms, ...rest);
  const rig = await start({ clock });
  await rig.drive("dan");
  await clock.advance(2999.5);
  isEarly = false;
  expect(rig.told.at(-1)).toMatchObject({ holder: "dan" });
  await clock.advance(1);
  expect(rig.told.at(-1)).toMatchObject({ lease: null, holder: null });
});

describe("who waits", () => {
  it.each<[string, (rig: LeaseRig) => unknown]>([
    ["signed out", ({ state }) => state.sessions.end("dora-1")],
    ["may drive no more", ({ state }) => state.accounts.grant("dora", "picarx", "view")],
    ["has no account any more", ({ state }) => state.accounts.remove("dora")],
  ])("never gets the controls when meanwhile they %s", async (_what, takeAway) => {
    const rig = await start();
    const number = await rig.drive("dan");
    await rig.wish("dora", "ask");
    takeAway(rig);
    await rig.wish("dan", "release", { lease: number });
    expect(rig.told.map(({ holder }) => holder)).toEqual(["dan", null]);
  });
});

describe("the list of what runs", () => {
  it("shows the driver to who manages the device, and a kick ends the lease and keeps the driver out for a while", async () => {
    const rig = await start();
    const number = await rig.drive("dan");
    const list = async () => watchListSchema.parse(await (await rig.call("GET", "/api/sessions", "amy")).json());
    const [watch] = await list();
    expect(watch).toMatchObject({ kind: "user", who: "dan", transport: "drive", camera: "picarx/drive", address: "127.0.0.1" });
    expect((await rig.call("DELETE", `/api/sessions/${watch?.id}`, "amy")).status).toBe(204);
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect(await rig.wish("dan", "take")).toBe("403 HC_GATEWAY_KICKED");
    await rig.drive("dora");
    expect(await list()).toHaveLength(1);
    await rig.clock.advance(3000);
    expect(await list()).toEqual([]);
    await rig.clock.advance(30_000);
    await rig.drive("dan");
  });

  it("ends who drove, and nobody comes after, when it has no room", async () => {
    const rig = await start({ limits: { entries: 1, perSid: 1, keptOut: 10 } });
    const number = await rig.drive("dan");
    await rig.wish("dora", "ask");
    const held = rig.watches.all()[0];
    expect(held?.transport).toBe("drive");
    expect(await rig.wish("dan", "release", { lease: number })).toBe("429 HC_GATEWAY_TOO_MANY_SESSIONS");
    expect(rig.told.at(-1)).toMatchObject({ lease: null });
    expect((await rig.look("dora", "dora-tab-1")).state).toMatchObject({ holder: null, answer: "withdrawn" });
    expect(await rig.drive("dora")).toBeGreaterThan(number);
  });
});

describe("the record", () => {
  it("has each start and end of driving with its reason", async () => {
    const rig = await start();
    await rig.drive("dan");
    await rig.drive("amy", "seize");
    await rig.clock.advance(3000);
    const { entries } = rig.state.audit.read({ limit: 10 });
    expect(entries.map(({ kind, actor, subject, device }) => [kind, actor, subject, device]).reverse()).toEqual([
      ["lease-taken", "dan", "dan (free)", "picarx"],
      ["lease-ended", "amy", "dan (seized)", "picarx"],
      ["lease-taken", "amy", "amy (seized)", "picarx"],
      ["lease-ended", "amy", "amy (expired)", "picarx"],
    ]);
    expect(entries.at(-1)?.address).toBe("127.0.0.1");
  });
});

describe("a restart", () => {
  it("ends every lease; numbers go on growing, also with a clock that was set back and an older copy of the state", async () => {
    const folder = mkdtempSync(join(tmpdir(), "helmcast-lease-"));
    folders.push(folder);
    const file = join(folder, "state.sqlite");
    const first = await start({ file });
    const number = await first.drive("dan");
    await first.state.backup(join(folder, "copy.sqlite"));
    const later = await first.drive("dan");
    // Left open, as a process does that is killed: nothing is written at the end.
    const again = await start({ file });
    expect(again.leases.mayDrive("picarx", "anybody")).toBe(true);
    expect(await again.wish("dan", "renew", { lease: later })).toBe("409 HC_GATEWAY_LEASE_LOST");
    const next = await again.drive("dan");
    expect([later > number, next > later]).toEqual([true, true]);
    const { clock } = await start();
    await clock.advance(5000);
    const restored = await start({ file: join(folder, "copy.sqlite"), clock });
    expect(await restored.drive("dan")).toBeGreaterThan(next);
  });

  it("keeps a number that cannot be written from being used", async () => {
    const rig = await start();
    const number = await rig.drive("dan");
    await rig.wish("dora", "ask");
    const { leaseNumbers } = rig.state;
    leaseNumbers.raise = () => {
      throw new Error("disk full");
    };
    expect(await rig.wish("amy", "seize")).toMatch(/^500 /);
    expect(rig.told.at(-1)).toMatchObject({ lease: null, holder: null });
    expect(await rig.wish("dan", "renew", { lease: number })).toBe("409 HC_GATEWAY_LEASE_LOST");
    expect(rig.told.map(({ holder }) => holder)).toEqual(["dan", null]);
  });
});
