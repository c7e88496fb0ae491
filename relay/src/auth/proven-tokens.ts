import type { AccessClaims } from "@helmcast/config";
import type { KeyList } from "../state/signing-keys.ts";
import type { Tokens } from "./tokens.ts";

/** Tokens remembered; 500 viewers have one or two each. The oldest goes first. */
const maxRemembered = 4096;

/**
 * Remembers which tokens were read well, so that a viewer who sends the same one ten times in a second has its signature checked once: measured
 * with 50 connections, that check was a quarter of the time of an LL-HLS request. Only the reading is remembered, and only until the token
 * ends or the keys change; whether its sign-in still stands is asked at every request by whoever asks here.
 */
export function rememberTokens(tokens: Tokens, keys: { list(): KeyList }, wallMs: () => number): Tokens {
  const proven = new Map<string, AccessClaims>();
  let provenBy = keys.list();
  return {
    issue: (subject, notAfterMs) => tokens.issue(subject, notAfterMs),
    read(token) {
      if (provenBy !== keys.list()) {
        provenBy = keys.list();
        proven.clear();
      }
      const known = proven.get(token);
      if (known !== undefined && wallMs() < known.exp * 1000) {
        return { ok: true, claims: known };
      }
      proven.delete(token);
      const reading = tokens.read(token);
      if (reading.ok) {
        proven.set(token, reading.claims);
        const oldest = proven.keys().next();
        if (proven.size > maxRemembered && !oldest.done) {
          proven.delete(oldest.value);
        }
      }
      return reading;
    },
  };
}
