import { createSecretKey, type KeyObject } from "node:crypto";
import { type AccessClaims, accessClaimsSchema, tokenAlgorithm, tokenLifetimesS } from "@helmcast/config";
import jsonwebtoken from "jsonwebtoken";
import type { SigningKey } from "../state/signing-keys.ts";

/** Seconds that another host's clock may be off before its token counts as expired or not yet made. */
const clockToleranceS = 5;
/** Longest token looked at; ours have some 250 characters. */
const maxTokenChars = 2048;

/** A token and when it ends. */
export type IssuedToken = { readonly accessToken: string; readonly expiresAt: string };

/** What a token turned out to be. */
export type TokenReading =
  | { readonly ok: true; readonly claims: AccessClaims }
  | { readonly ok: false; readonly reason: "expired" | "invalid" };

/** Makes and reads access tokens. */
export type Tokens = {
  issue(subject: Pick<AccessClaims, "sub" | "sid" | "kind">): IssuedToken;
  read(token: string): TokenReading;
};

/**
 * Tokens signed by the first key; all keys verify, so that a new key signs nobody out.
 * @param wallMs the wall clock, ms since 1970
 */
export function createTokens(keys: readonly [SigningKey, ...SigningKey[]], wallMs: () => number): Tokens {
  // As key objects: given bytes, the library first tries them as a public key, which takes longer than all the rest of a check.
  const secrets = new Map(keys.map((key) => [key.kid, createSecretKey(key.secret)]));
  const signingSecret = createSecretKey(keys[0].secret);
  return {
    issue(subject) {
      const iat = Math.floor(wallMs() / 1000);
      const exp = iat + (subject.kind === "device" ? tokenLifetimesS.device : tokenLifetimesS.access);
      const claims: AccessClaims = { iss: "helmcast", ...subject, iat, exp };
      const accessToken = jsonwebtoken.sign(claims, signingSecret, { algorithm: tokenAlgorithm, keyid: keys[0].kid });
      return { accessToken, expiresAt: new Date(exp * 1000).toISOString() };
    },
    read(token) {
      const key = token.length <= maxTokenChars ? findKey(secrets, token) : undefined;
      if (key === undefined) {
        return { ok: false, reason: "invalid" };
      }
      try {
        const clockTimestamp = Math.floor(wallMs() / 1000);
        // RFC 8725, section 3.1: the verifier names the algorithm, never the token.
        const payload = jsonwebtoken.verify(token, key, {
          algorithms: [tokenAlgorithm],
          issuer: "helmcast",
          clockTolerance: clockToleranceS,
          clockTimestamp,
        });
        const claims = accessClaimsSchema.safeParse(payload);
        return claims.success ? { ok: true, claims: Object.freeze(claims.data) } : { ok: false, reason: "invalid" };
      } catch (error) {
        return { ok: false, reason: error instanceof jsonwebtoken.TokenExpiredError ? "expired" : "invalid" };
      }
    },
  };
}

function findKey(secrets: ReadonlyMap<string, KeyObject>, token: string): KeyObject | undefined {
  try {
    const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid;
    return kid === undefined ? undefined : secrets.get(kid);
  } catch {
    // decode() throws on a header that is no JSON; that is one more way to be no token of ours.
    return undefined;
  }
}
