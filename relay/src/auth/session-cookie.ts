import { sessionCookie } from "@helmcast/config";
import { parseCookie, stringifySetCookie } from "cookie";

/** How long a sign-in lasts, in seconds: a month, as people expect of a device that they own. */
export const sessionLifetimeS = 30 * 24 * 3600;

/** The cookie's name: under TLS with the `__Host-` prefix, which browsers take only with Secure, Path=/ and no Domain (RFC 6265bis, section 4.1.3.2). */
export function cookieName(secure: boolean): string {
  return secure ? `__Host-${sessionCookie}` : sessionCookie;
}

/** The session value in a request's Cookie header; null when there is none. */
export function readSessionCookie(header: string | undefined, secure: boolean): string | null {
  return header === undefined ? null : (parseCookie(header)[cookieName(secure)] ?? null);
}

/** A value for the browser to keep, and for how many seconds. */
export type SessionCookie = { readonly value: string; readonly maxAgeS: number };

/** The Set-Cookie line that gives a session's cookie; null ends it. SameSite=Strict: nothing on another site ever needs it. */
export function writeSessionCookie(cookie: SessionCookie | null, secure: boolean): string {
  return stringifySetCookie({
    name: cookieName(secure),
    value: cookie?.value ?? "",
    httpOnly: true,
    sameSite: "strict",
    secure,
    path: "/",
    maxAge: cookie?.maxAgeS ?? 0,
  });
}
