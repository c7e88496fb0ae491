import type { Session } from "../state/session-rows.ts";
import { hashSecret, makeSecret } from "./secrets.ts";

/**
 * Age at which a cookie's value is changed, in ms: ten minutes, the life of an access token, so that every fetch of a fresh token in a page that is
 * open changes it. A stolen value is of use for about that long before the two who have it betray each other.
 */
export const rotateAfterMs = 600_000;

/** How long the value before goes on counting once the browser has shown that it has the new one, in ms: for requests and tabs that were under way. */
export const graceMs = 60_000;

/**
 * What a cookie's value is to its sign-in. `grace`: the one before, which still counts. `reused`: one that its owner's browser has replaced, so
 * somebody else has a copy (OAuth 2.0 Security BCP, RFC 9700, section 4.14.2).
 */
export type CookieStanding = "current" | "grace" | "reused";

/**
 * Judges a cookie's value. The grace counts from the first use of the new value, not from when it was made: an answer that a phone lost in a tunnel
 * must not sign its owner out, and until somebody uses the new value there are no two who could have it.
 * @param cookieHash hash of the value that came, which is of this sign-in's family
 */
export function judgeCookie(session: Session, cookieHash: string, nowMs: number): CookieStanding {
  if (cookieHash === session.cookieHash) {
    return "current";
  }
  const inGrace = session.confirmedMs === null || nowMs - session.confirmedMs <= graceMs;
  return cookieHash === session.previousCookieHash && inGrace ? "grace" : "reused";
}

/**
 * True when a value that counts is to be changed now. The one before is changed again only when its successor went lost: it was made more than the
 * grace ago and never came back. Until then a second tab must not spoil the first one's new value.
 */
export function isRotationDue(session: Session, standing: CookieStanding, nowMs: number): boolean {
  const ageMs = nowMs - session.rotatedMs;
  if (standing === "current") {
    // Below zero: the clock was set back, and the age says nothing.
    return ageMs >= rotateAfterMs || ageMs < 0;
  }
  return standing === "grace" && session.confirmedMs === null && ageMs > graceMs;
}

/** A cookie's value: the part that stays as long as the sign-in, a dot, and the part that changes. Both are secret. */
export function makeCookie(family: string = makeSecret().slice(0, 22)): string {
  return `${family}.${makeSecret()}`;
}

/** The next value of a cookie. One without a dot is from the version before, which had no such parts. */
export function nextCookie(value: string): string {
  return makeCookie(familyOf(value));
}

/** What is stored of a cookie's value. */
export function hashCookie(value: string): { readonly cookieHash: string; readonly familyHash: string } {
  return { cookieHash: hashSecret(value), familyHash: hashSecret(familyOf(value)) };
}

function familyOf(value: string): string {
  return value.split(".")[0] ?? value;
}
