import { describe, expect, it } from "vitest";
import { createAudit } from "./audit.ts";
import { maxEnrolments } from "./enrolments.ts";
import { openState } from "./open-state.ts";
import { createRevocations, maxRevocations } from "./revocations.ts";
import { maxShares, type Share } from "./shares.ts";
import { createSigningKeys, maxSigningKeys } from "./signing-keys.ts";
import { loadState } from "./state.ts";

const limit = expect.objectContaining({ code: "HC_GATEWAY_LIMIT" });

describe("enrolment codes", () => {
  const code = (codeHash: string, device: string, expiresMs = 100) => ({ codeHash, device, expiresMs, createdBy: "admin" });

  it.each([
    ["in time", "good", 99, { device: "rover", createdBy: "admin" }],
    ["too late", "good", 100, null],
    ["that never was", "bad", 0, null],
  ])("count once: one %s", (_what, codeHash, nowMs, expected) => {
    const { enrolments } = loadState(":memory:", 0);
    enrolments.put(code("good", "rover"));
    expect(enrolments.take(codeHash, nowMs)).toEqual(expected);
    expect(codeHash === "good" ? enrolments.take("good", 0) : null).toBeNull();
  });

  it("replace an earlier one for the same device, and are bounded by dropping the one that ends first", () => {
    const { enrolments } = loadState(":memory:", 0);
    enrolments.put(code("a", "rover"));
    enrolments.put(code("b", "rover", 50));
    expect([enrolments.countLive(0), enrolments.countLive(50), enrolments.take("a", 0)]).toEqual([1, 0, null]);
    for (let index = 0; index < maxEnrolments; index++) {
      enrolments.put(code(`c${index}`, `d${index}`, 1000 + index));
    }
    expect(enrolments.countLive(0)).toBe(maxEnrolments);
    expect(enrolments.take("b", 0)).toBeNull();
    expect(enrolments.take("c0", 0)).not.toBeNull();
    enrolments.drop("d1");
    expect(enrolments.take("c1", 0)).toBeNull();
    expect(enrolments.take("c2", 0)).not.toBeNull();
  });
});

describe("share links", () => {
  const share = (id: string, more: Partial<Share> = {}): Share => ({
    id,
    secretHash: `hash-${id}`,
    device: "picarx",
    camera: "front",
    label: "",
    createdBy: "ann",
    createdMs: 0,
    expiresMs: 100,
    ...more,
  });

  it("are found by their secret until they end, and listed newest first", () => {
    const { shares } = loadState(":memory:", 0);
    shares.add(share("a"));
    shares.add(share("b"));
    expect(shares.list().map(({ id }) => id)).toEqual(["b", "a"]);
    expect(shares.bySecretHash("hash-a", 99)?.id).toBe("a");
    expect([shares.bySecretHash("hash-a", 100), shares.bySecretHash("hash-c", 0), shares.get("c")]).toEqual([null, null, null]);
    expect([shares.remove("a"), shares.remove("a"), shares.get("a"), shares.bySecretHash("hash-a", 0)]).toEqual([true, false, null, null]);
  });

  it("are bounded; ended ones make room", () => {
    const { shares } = loadState(":memory:", 0);
    for (let index = 0; index < maxShares; index++) {
      shares.add(share(`s${index}`));
    }
    expect(() => shares.add(share("more"))).toThrow(limit);
    shares.add(share("later", { createdMs: 100, expiresMs: 200 }));
    expect(shares.list().map(({ id }) => id)).toEqual(["later"]);
  });
});

describe("revocations", () => {
  it("hold and are bounded by dropping the one that ends first", () => {
    const revocations = createRevocations(openState(":memory:"), 0);
    revocations.add("first-to-end", 5);
    for (let index = 1; index < maxRevocations; index++) {
      revocations.add(`s${index}`, 10 + index);
    }
    revocations.add("s1", 11);
    expect(revocations.has("first-to-end")).toBe(true);
    revocations.add("more", 99);
    expect(["first-to-end", "s1", "more"].map(revocations.has)).toEqual([false, true, true]);
  });
});

describe("the audit log", () => {
  function makeLog(maxEntries?: number) {
    const audit = createAudit(openState(":memory:"), maxEntries);
    audit.add({ atMs: 0, kind: "signed-in", actor: "ann", subject: "ann", address: "192.0.2.1" });
    audit.add({ atMs: 1000, kind: "grant-set", actor: "admin", subject: "ann", device: "picarx" });
    audit.add({ atMs: 2000, kind: "signed-in", actor: "bob", subject: "bob" });
    return audit;
  }

  it.each([
    ["everything, newest first", { limit: 9 }, [3, 2, 1], false],
    ["a page", { limit: 2 }, [3, 2], true],
    ["the page after", { limit: 2, before: 2 }, [1], false],
    ["one kind", { limit: 9, kind: "signed-in" as const }, [3, 1], false],
    ["one actor", { limit: 9, actor: "ann" }, [1], false],
    ["one device", { limit: 9, device: "picarx" }, [2], false],
    ["all at once", { limit: 1, kind: "signed-in" as const, actor: "bob", before: 9 }, [3], false],
    ["nothing that fits", { limit: 9, actor: "' OR 1=1 --" }, [], false],
  ])("gives %s", (_what, filter, ids, more) => {
    const page = makeLog().read(filter);
    expect([page.entries.map(({ id }) => id), page.more]).toEqual([ids, more]);
  });

  it("tells when, and what has no device or address", () => {
    expect(makeLog().read({ limit: 2 }).entries[1]).toEqual({
      id: 2,
      at: "1970-01-01T00:00:01.000Z",
      kind: "grant-set",
      actor: "admin",
      subject: "ann",
      device: "picarx",
      address: null,
    });
  });

  it("keeps the newest entries, and cuts long texts", () => {
    const audit = makeLog(2);
    expect(audit.read({ limit: 9 }).entries.map(({ id }) => id)).toEqual([3, 2]);
    audit.add({ atMs: 0, kind: "signed-in", actor: "x".repeat(999), subject: "s" });
    expect(audit.read({ limit: 9 }).entries.map(({ id, actor }) => [id, actor.length])).toEqual([
      [4, 128],
      [3, 3],
    ]);
  });
});

describe("signing keys", () => {
  it("sign with the one added last, whatever the clock said, and go once their successor is old", () => {
    const database = openState(":memory:");
    const signingKeys = createSigningKeys(database, 100);
    const [first] = signingKeys.list();
    const second = signingKeys.add(50);
    const third = signingKeys.add(200);
    expect(signingKeys.list().map(({ kid }) => kid)).toEqual([third.kid, second.kid, first.kid]);
    database.prepare("UPDATE signing_keys SET created_ms = 999 WHERE kid = ?").run(first.kid);
    expect(createSigningKeys(database, 300).list()[0]).toEqual(third);
    expect(signingKeys.removeOlderThan(50)).toBe(0);
    expect(signingKeys.removeOlderThan(51)).toBe(1);
    expect(signingKeys.list().map(({ kid }) => kid)).toEqual([third.kid, second.kid]);
    expect(signingKeys.removeOlderThan(1e9)).toBe(1);
    expect(signingKeys.removeOlderThan(1e9)).toBe(0);
    expect(signingKeys.list()).toEqual([third]);
  });

  it("are bounded", () => {
    const { signingKeys } = loadState(":memory:", 0);
    for (let index = 1; index < maxSigningKeys; index++) {
      signingKeys.add(index);
    }
    expect(() => signingKeys.add(99)).toThrow(limit);
  });
});
