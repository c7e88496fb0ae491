import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import type { SigningKey } from "../state/signing-keys.ts";
import { createTokens } from "./tokens.ts";

const key: SigningKey = { kid: "one", secret: Buffer.alloc(32, 1) };
const newer: SigningKey = { kid: "two", secret: Buffer.alloc(32, 2) };
const subject = { sub: "ann", sid: "s", kind: "user" } as const;
const nowMs = 1_800_000_000_000;

describe("createTokens", () => {
  it("reads what it issued, for ten minutes and five seconds of clock difference", () => {
    let atMs = nowMs;
    const tokens = createTokens([key], () => atMs);
    const { accessToken, expiresAt } = tokens.issue(subject);
    expect(Date.parse(expiresAt)).toBe(nowMs + 600_000);
    expect(tokens.read(accessToken)).toMatchObject({ ok: true, claims: subject });
    atMs = nowMs + 604_000;
    expect(tokens.read(accessToken).ok).toBe(true);
    atMs = nowMs + 606_000;
    expect(tokens.read(accessToken)).toEqual({ ok: false, reason: "expired" });
  });

  it("reads tokens of an older key while a newer one signs", () => {
    const old = createTokens([key], () => nowMs).issue(subject).accessToken;
    const tokens = createTokens([newer, key], () => nowMs);
    expect(tokens.read(old).ok).toBe(true);
    expect(createTokens([key], () => nowMs).read(tokens.issue(subject).accessToken).ok).toBe(false);
  });

  it("refuses another algorithm, issuer or shape, even under the right key", () => {
    const tokens = createTokens([key], () => nowMs);
    const claims = { iss: "helmcast", ...subject, iat: nowMs / 1000, exp: nowMs / 1000 + 60 };
    const sign = (payload: object, algorithm: "HS256" | "HS512") => jsonwebtoken.sign(payload, key.secret, { algorithm, keyid: "one" });
    expect(tokens.read(sign(claims, "HS256")).ok).toBe(true);
    expect(tokens.read(sign(claims, "HS512")).ok).toBe(false);
    expect(tokens.read(sign({ ...claims, iss: "other" }, "HS256")).ok).toBe(false);
    expect(tokens.read(sign({ ...claims, kind: "root" }, "HS256")).ok).toBe(false);
    expect(tokens.read(jsonwebtoken.sign(claims, null, { algorithm: "none", keyid: "one" })).ok).toBe(false);
  });
});
