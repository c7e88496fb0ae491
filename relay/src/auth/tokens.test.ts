import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import type { KeyList, SigningKey } from "../state/signing-keys.ts";
import { createTokens } from "./tokens.ts";

const key: SigningKey = { kid: "one", secret: Buffer.alloc(32, 1), createdMs: 0 };
const newer: SigningKey = { kid: "two", secret: Buffer.alloc(32, 2), createdMs: 0 };
const subject = { sub: "ann", sid: "s", kind: "user" } as const;
const nowMs = 1_800_000_000_000;
const list = (...keys: KeyList) => ({ list: () => keys });

describe("createTokens", () => {
  it("reads what it issued, for ten minutes and five seconds of clock difference", () => {
    let atMs = nowMs;
    const tokens = createTokens(list(key), () => atMs);
    const { accessToken, expiresAt } = tokens.issue(subject);
    expect(Date.parse(expiresAt)).toBe(nowMs + 600_000);
    expect(tokens.read(accessToken)).toMatchObject({ ok: true, claims: subject });
    atMs = nowMs + 604_000;
    expect(tokens.read(accessToken).ok).toBe(true);
    atMs = nowMs + 606_000;
    expect(tokens.read(accessToken)).toEqual({ ok: false, reason: "expired" });
  });

  it("reads tokens of an older key while a newer one signs", () => {
    const old = createTokens(list(key), () => nowMs).issue(subject).accessToken;
    const tokens = createTokens(list(newer, key), () => nowMs);
    expect(tokens.read(old).ok).toBe(true);
    expect(createTokens(list(key), () => nowMs).read(tokens.issue(subject).accessToken).ok).toBe(false);
  });

  it("follows a list of keys that changes, and forgets those that have gone", () => {
    let keys: KeyList = [key];
    const tokens = createTokens({ list: () => keys }, () => nowMs);
    const old = tokens.issue(subject).accessToken;
    keys = [newer, key];
    const fresh = tokens.issue(subject).accessToken;
    expect(jsonwebtoken.decode(fresh, { complete: true })?.header.kid).toBe("two");
    expect([old, fresh].map((token) => tokens.read(token).ok)).toEqual([true, true]);
    keys = [newer];
    expect([old, fresh].map((token) => tokens.read(token).ok)).toEqual([false, true]);
  });

  it("never outlives the sign-in that it is for", () => {
    const tokens = createTokens(list(key), () => nowMs);
    expect(Date.parse(tokens.issue(subject, nowMs + 90_000).expiresAt)).toBe(nowMs + 90_000);
    expect(Date.parse(tokens.issue(subject, nowMs + 9_000_000).expiresAt)).toBe(nowMs + 600_000);
  });

  const claims = { iss: "helmcast", ...subject, iat: nowMs / 1000, exp: nowMs / 1000 + 60 };
  const { exp: _exp, ...endless } = claims;
  const sign = (payload: object, secret = key.secret, algorithm: jsonwebtoken.Algorithm = "HS256", keyid = "one") =>
    jsonwebtoken.sign(payload, secret, { algorithm, keyid });
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signature = sign(claims).split(".")[2] ?? "";
  it.each([
    ["a good one", sign(claims), true],
    ["a visitor's", sign({ ...claims, kind: "share" }), true],
    ["another algorithm of the family under the right key", sign(claims, key.secret, "HS512"), false],
    ["no algorithm", jsonwebtoken.sign(claims, null, { algorithm: "none", keyid: "one" }), false],
    ["no algorithm, in capitals, with a signature", `${encode({ alg: "NONE", kid: "one" })}.${encode(claims)}.${signature}`, false],
    ["a public-key algorithm", `${encode({ alg: "RS256", kid: "one" })}.${encode(claims)}.${signature}`, false],
    ["another key", sign(claims, newer.secret), false],
    ["an empty key", sign(claims, Buffer.alloc(1)), false],
    ["an unknown key id", sign(claims, key.secret, "HS256", "three"), false],
    ["a key id that names a property of every object", sign(claims, key.secret, "HS256", "__proto__"), false],
    ["no key id", `${encode({ alg: "HS256" })}.${encode(claims)}.${signature}`, false],
    ["another issuer", sign({ ...claims, iss: "other" }), false],
    ["no issuer", sign({ ...endless, exp: claims.exp, iss: "" }), false],
    ["another kind", sign({ ...claims, kind: "root" }), false],
    ["no end", sign(endless), false],
    ["an end that has passed", sign({ ...claims, iat: nowMs / 1000 - 700, exp: nowMs / 1000 - 6 }), false],
    [
      "other claims under a good signature",
      `${encode({ alg: "HS256", kid: "one" })}.${encode({ ...claims, sub: "root" })}.${signature}`,
      false,
    ],
    ["the signature cut off", sign(claims).split(".").slice(0, 2).join("."), false],
    ["an empty text", "", false],
    ["more than any token of ours has", `${sign(claims)}${"x".repeat(2000)}`, false],
  ])("%s counts: %#", (_what, token, counts) => {
    expect(createTokens(list(key), () => nowMs).read(token).ok).toBe(counts);
  });
});
