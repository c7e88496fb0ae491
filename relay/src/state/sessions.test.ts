import { describe, expect, it } from "vitest";
import { createAccounts } from "./accounts.ts";
import { openState } from "./open-state.ts";
import { createRevocations } from "./revocations.ts";
import type { NewSession } from "./session-rows.ts";
import { createSessions, maxSessionsPerAccount, maxSessionsPerShare } from "./sessions.ts";
import { createShares } from "./shares.ts";
import { loadState } from "./state.ts";

const link = { id: "sh", secretHash: "x", device: "d", camera: "c", label: "", createdBy: "ann", createdMs: 0, expiresMs: 9000 };

function makeState() {
  const state = loadState(":memory:", 0);
  for (const name of ["ann", "bob"]) {
    state.accounts.put(name, "hash", 0);
  }
  state.shares.add(link);
  return state;
}
const fresh = (index: number | string, more: Partial<NewSession> = {}): NewSession => ({
  id: `s${index}`,
  account: "ann",
  cookieHash: `c${index}`,
  familyHash: `f${index}`,
  expiresMs: 1000,
  ...more,
});
const visit = (index: number): NewSession => fresh(index, { account: "share:sh", shareId: "sh" });

describe("sign-ins in the state", () => {
  it("are found by id, by cookie and by family, until they expire", () => {
    const { sessions } = makeState();
    sessions.add(fresh(1, { userAgent: "Browser", address: "192.0.2.1" }), 10);
    const expected = { id: "s1", kind: "user", createdMs: 10, lastSeenMs: 10, rotatedMs: 10, userAgent: "Browser", address: "192.0.2.1" };
    for (const found of [sessions.byId("s1", 999), sessions.byCookieHash("c1", 999), sessions.byFamilyHash("f1", 999)]) {
      expect(found).toMatchObject(expected);
    }
    expect([sessions.byId("s1", 1000), sessions.byCookieHash("c1", 1000), sessions.byFamilyHash("f1", 1000)]).toEqual([null, null, null]);
    expect(sessions.ofAccount("ann", 1000)).toEqual([]);
  });

  it("change their cookie: the new value counts, the old one is remembered, the family stays", () => {
    const { sessions } = makeState();
    sessions.add(fresh(1), 10);
    sessions.confirm("s1", 11);
    expect(sessions.rotate("s1", "next", 20)).toMatchObject({
      cookieHash: "next",
      previousCookieHash: "c1",
      rotatedMs: 20,
      confirmedMs: null,
    });
    expect(sessions.byCookieHash("c1", 20)).toBeNull();
    expect(sessions.byCookieHash("next", 20)?.id).toBe("s1");
    sessions.confirm("s1", 30);
    sessions.confirm("s1", 40);
    expect(sessions.byFamilyHash("f1", 50)?.confirmedMs).toBe(30);
    expect(sessions.rotate("s1", "third", 60, "c1")?.previousCookieHash).toBe("c1");
    expect(sessions.rotate("nobody", "x", 60)).toBeNull();
  });

  it("note their use, about every five minutes", () => {
    const { sessions } = makeState();
    sessions.add(fresh(1, { expiresMs: 1e9 }), 0);
    const seen = (atMs: number) => {
      sessions.touch("s1", atMs);
      return sessions.byId("s1", atMs)?.lastSeenMs;
    };
    expect([299_999, 300_000, 500_000, 600_000].map(seen)).toEqual([0, 300_000, 300_000, 600_000]);
  });

  it("end one by one, by account and by share link, and leave a revocation behind", () => {
    const { sessions, revocations } = makeState();
    for (const session of [fresh(1), fresh(2), fresh(3, { account: "bob" }), visit(4), visit(5)]) {
      sessions.add(session, 0);
    }
    expect(sessions.ofAccount("ann", 0).map(({ id }) => id)).toEqual(["s2", "s1"]);
    expect([sessions.end("s1"), sessions.end("s1"), sessions.end("nobody")]).toEqual([true, false, false]);
    expect(sessions.endAll("ann").map(({ id }) => id)).toEqual(["s2"]);
    expect(sessions.endShare("sh").map(({ id }) => id)).toEqual(["s4", "s5"]);
    expect(sessions.all(0).map(({ id }) => id)).toEqual(["s3"]);
    expect(["s1", "s2", "s3", "s4", "s5"].map((id) => revocations.has(id))).toEqual([true, true, false, true, true]);
    expect([sessions.byCookieHash("c1", 0), sessions.byFamilyHash("f2", 0)]).toEqual([null, null]);
  });

  it.each([
    ["an account", maxSessionsPerAccount, fresh],
    ["a share link", maxSessionsPerShare, visit],
  ])("of %s are bounded by ending the oldest", (_what, bound, make) => {
    const { sessions } = makeState();
    for (let index = 0; index < bound; index++) {
      expect(sessions.add(make(index), index)).toEqual([]);
    }
    expect(sessions.add(make(9999), 999).map(({ id }) => id)).toEqual(["s0"]);
    expect(sessions.ofAccount(make(1).account, 0)).toHaveLength(bound);
  });

  it("are bounded altogether: the oldest visitor goes before any person does", () => {
    const database = openState(":memory:");
    createAccounts(database).put("ann", "hash", 0);
    createShares(database).add(link);
    const sessions = createSessions(database, createRevocations(database, 0), 0, 3);
    for (const session of [fresh(1), visit(2), visit(3)]) {
      expect(sessions.add(session, 0)).toEqual([]);
    }
    expect([fresh(4), fresh(5), fresh(6)].map((session) => sessions.add(session, 0)[0]?.id)).toEqual(["s2", "s3", "s1"]);
  });

  it("that have expired make room first", () => {
    const { sessions } = makeState();
    sessions.add(fresh("long", { expiresMs: 5000 }), 0);
    for (let index = 1; index < maxSessionsPerAccount; index++) {
      sessions.add(fresh(index), 0);
    }
    expect(sessions.add(fresh("late", { expiresMs: 5000 }), 2000)).toHaveLength(maxSessionsPerAccount - 1);
    expect(sessions.ofAccount("ann", 2000).map(({ id }) => id)).toEqual(["slate", "slong"]);
  });

  it("of nobody are refused, and change nothing", () => {
    const { sessions } = makeState();
    expect(() => sessions.add(fresh(1, { account: "nobody" }), 0)).toThrow();
    expect(() => sessions.add(fresh(1, { account: "share:none", shareId: "none" }), 0)).toThrow();
    expect(sessions.all(0)).toEqual([]);
  });

  it("that a refused one would have displaced go on", () => {
    const { sessions, revocations } = makeState();
    for (let index = 0; index < maxSessionsPerAccount; index++) {
      sessions.add(fresh(index), index);
    }
    expect(() => sessions.add(fresh("twin", { cookieHash: "c5" }), 0)).toThrow();
    expect([sessions.byId("s0", 0)?.id, revocations.has("s0")]).toEqual(["s0", false]);
  });
});
