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

/** The Set-Cookie line that starts a session; `value` null ends it. SameSite=Strict: nothing on another site ever needs it. */
export function writeSessionCookie(value: string | null, secure: boolean): string {
  const maxAge = value === null ? 0 : sessionLifetimeS;
  return stringifySetCookie({
    name: cookieName(secure),
    value: value ?? "",
    httpOnly: true,
    sameSite: "strict",
    secure,
    path: "/",
    maxAge,
  });
}
