import { createSecretKey, type KeyObject } from "node:crypto";
import { type AccessClaims, accessClaimsSchema, tokenAlgorithm, tokenLifetimesS } from "@helmcast/config";
import jsonwebtoken from "jsonwebtoken";
import type { KeyList } from "../state/signing-keys.ts";

/** Seconds that another host's clock may be off before its token counts as expired or not yet made. */
export const clockToleranceS = 5;
/** A device's last token counts as expired this long after it was made, in ms: its life, and the difference that clocks may have. */
export const deviceTokenLifetimeMs = (tokenLifetimesS.device + clockToleranceS) * 1000;
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
  /** @param notAfterMs the token ends by then at the latest, ms since 1970: the end of its sign-in */
  issue(subject: Pick<AccessClaims, "sub" | "sid" | "kind">, notAfterMs?: number): IssuedToken;
  read(token: string): TokenReading;
};

/**
 * Tokens signed by the first key; all keys verify, so that a new key signs nobody out.
 * @param keys asked at every use; the list changes when a key is added or goes
 * @param wallMs the wall clock, ms since 1970
 */
export function createTokens(keys: { list(): KeyList }, wallMs: () => number): Tokens {
  let prepared = prepareKeys(keys.list());
  const current = () => {
    if (prepared.list !== keys.list()) {
      prepared = prepareKeys(keys.list());
    }
    return prepared;
  };
  return {
    issue(subject, notAfterMs = Number.POSITIVE_INFINITY) {
      const iat = Math.floor(wallMs() / 1000);
      const lifetimeS = subject.kind === "device" ? tokenLifetimesS.device : tokenLifetimesS.access;
      const exp = Math.min(iat + lifetimeS, Math.floor(notAfterMs / 1000));
      const claims: AccessClaims = { iss: "helmcast", ...subject, iat, exp };
      const { signingSecret, kid } = current();
      const accessToken = jsonwebtoken.sign(claims, signingSecret, { algorithm: tokenAlgorithm, keyid: kid });
      return { accessToken, expiresAt: new Date(exp * 1000).toISOString() };
    },
    read(token) {
      const key = token.length <= maxTokenChars ? findKey(current().secrets, token) : undefined;
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

/** As key objects: given bytes, the library first tries them as a public key, which takes longer than all the rest of a check. */
function prepareKeys(list: KeyList) {
  const secrets = new Map(list.map((key) => [key.kid, createSecretKey(key.secret)]));
  return { list, secrets, kid: list[0].kid, signingSecret: createSecretKey(list[0].secret) };
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
