import { describe, expect, it } from "vitest";
import { buildSession, type Session } from "../state/session-rows.ts";
import { graceMs, hashCookie, isRotationDue, judgeCookie, makeCookie, nextCookie, rotateAfterMs } from "./cookie-rotation.ts";

const atMs = 1_000_000_000;
const session = (more: Partial<Session>): Session => ({
  ...buildSession({ id: "s", account: "ann", cookieHash: "now", expiresMs: 1e15, familyHash: "family" }, atMs),
  previousCookieHash: "before",
  ...more,
});
const used = session({ confirmedMs: atMs });
const unused = session({ confirmedMs: null });

describe("judgeCookie", () => {
  it.each([
    ["the current value", used, "now", 1e9, "current"],
    ["the one before, at once", used, "before", 0, "grace"],
    ["the one before, as long as the grace lasts", used, "before", graceMs, "grace"],
    ["the one before, after the grace", used, "before", graceMs + 1, "reused"],
    ["the one before, late, when the new one never came back", unused, "before", 1e8, "grace"],
    ["one older than that", used, "older", 0, "reused"],
    ["one older than that, when the new one never came back", unused, "older", 0, "reused"],
    ["another value, when there was no rotation", session({ previousCookieHash: null }), "other", 0, "reused"],
  ])("%s", (_what, kept, cookieHash, passedMs, standing) => {
    expect(judgeCookie(kept, cookieHash, atMs + passedMs)).toBe(standing);
  });
});

describe("isRotationDue", () => {
  it.each([
    ["a young value", used, "current", rotateAfterMs - 1, false],
    ["an old value", used, "current", rotateAfterMs, true],
    ["a value from the future: the clock was set back", used, "current", -1, true],
    ["the one before, from a second tab", unused, "grace", graceMs, false],
    ["the one before, when the new one went lost", unused, "grace", graceMs + 1, true],
    ["the one before, when the new one is in use", used, "grace", graceMs, false],
    ["one that does not count", used, "reused", rotateAfterMs, false],
  ] as const)("%s", (_what, kept, standing, passedMs, due) => {
    expect(isRotationDue(kept, standing, atMs + passedMs)).toBe(due);
  });
});

describe("a cookie's value", () => {
  it("changes, while its family stays", () => {
    const first = makeCookie();
    const second = nextCookie(first);
    expect(first).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
    expect(second).not.toBe(first);
    expect(hashCookie(second).familyHash).toBe(hashCookie(first).familyHash);
    expect(hashCookie(second).cookieHash).not.toBe(hashCookie(first).cookieHash);
    expect(hashCookie(makeCookie()).familyHash).not.toBe(hashCookie(first).familyHash);
  });

  it("of the version before, which had no parts, is its own family", () => {
    const { cookieHash, familyHash } = hashCookie("x".repeat(43));
    expect(cookieHash).toBe(familyHash);
    expect(hashCookie(nextCookie("x".repeat(43))).familyHash).toBe(familyHash);
  });
});
