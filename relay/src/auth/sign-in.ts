import { randomUUID } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Accounts } from "../state/accounts.ts";
import type { Audit } from "../state/audit.ts";
import type { Devices } from "../state/devices.ts";
import { type Session, shareAccount } from "../state/session-rows.ts";
import type { Sessions } from "../state/sessions.ts";
import type { Share, Shares } from "../state/shares.ts";
import { hashCookie, makeCookie } from "./cookie-rotation.ts";
import type { LoginLimit } from "./login-limit.ts";
import type { Passwords } from "./password.ts";
import { hashSecret, makeSecret, secretsEqual } from "./secrets.ts";
import { type SessionCookie, sessionLifetimeS } from "./session-cookie.ts";
import type { IssuedToken, Tokens } from "./tokens.ts";

/** A refusal for now: how many seconds to wait. */
export type MustWait = { readonly waitS: number };

/** Where a request comes from: its address, and what its browser calls itself. */
export type Origin = { readonly address: string; readonly userAgent: string };

/** A proof that counted. `cookie` null: the one that the browser has goes on counting. */
export type SignedIn = { readonly token: IssuedToken; readonly cookie: SessionCookie | null };

/** Lets people, visitors and devices in. */
export type SignIn = {
  /** @throws AppError HC_GATEWAY_WRONG_LOGIN, the same and after the same time for an unknown name; HC_GATEWAY_BUSY */
  person(from: Origin, user: string, password: string): Promise<MustWait | SignedIn>;
  /**
   * Opens a share link.
   * @param current the sign-in that the browser has already; when it is by this very link, it goes on
   * @throws AppError HC_GATEWAY_SHARE_GONE, the same for a secret that never was
   */
  share(from: Origin, secret: string, current: Session | null): MustWait | SignedIn;
  /** @throws AppError HC_GATEWAY_WRONG_SECRET, the same for a device that is not enrolled */
  device(address: string, device: string, secret: string): MustWait | { readonly token: IssuedToken };
};

/** What signing in is made of. */
export type SignInParts = {
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly sessions: Sessions;
  readonly shares: Shares;
  readonly audit: Audit;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly limit: LoginLimit;
  /** The wall clock, ms since 1970. */
  readonly wallMs: () => number;
  /** Called with the id of each sign-in that ended, after it stopped counting. */
  readonly signInEnded: (sid: string) => void;
};

/** Stands in the record for a name that is no account's. What was typed is not written down: it may be a password in the wrong field. */
const nobody = "unknown";

/** Signing in over the state. */
export function createSignIn(parts: SignInParts): SignIn {
  const { tokens, limit } = parts;
  const checkPerson = personCheck(parts);
  const begin = sessionStarter(parts);
  // Compared against when a device is unknown, so that the answer takes the same road.
  const decoyHash = hashSecret(makeSecret());
  const refuse = (subject: string, address: string, device?: string) =>
    parts.audit.add({ atMs: parts.wallMs(), kind: "sign-in-refused", actor: nobody, subject, device, address });
  return {
    person: (from, user, password) =>
      checkPerson(from.address, user, password, () => {
        const signedIn = begin(from, { account: user });
        parts.audit.add({ atMs: parts.wallMs(), kind: "signed-in", actor: user, subject: user, address: from.address });
        return signedIn;
      }),
    share(from, secret, current) {
      // Secrets of links cannot be guessed, so strangers' tries count against their own address alone.
      const waitS = limit.take(from.address, `share ${from.address}`);
      if (waitS !== null) {
        return { waitS };
      }
      const share = parts.shares.bySecretHash(hashSecret(secret), parts.wallMs());
      if (share === null) {
        refuse("share link", from.address);
        throw new AppError("HC_GATEWAY_SHARE_GONE");
      }
      limit.succeed(from.address, `share ${from.address}`);
      if (current?.shareId === share.id) {
        return { token: tokens.issue({ sub: current.account, sid: current.id, kind: "share" }, current.expiresMs), cookie: null };
      }
      const signedIn = begin(from, { share });
      const { device, camera } = share;
      const who = { actor: shareAccount(share.id), subject: `${device}/${camera}`, device, address: from.address };
      parts.audit.add({ atMs: parts.wallMs(), kind: "share-opened", ...who });
      return signedIn;
    },
    device(address, device, secret) {
      // As with links. A space cannot stand in an account's name, so these and people never share a bucket.
      const key = `device ${address} ${device}`;
      const waitS = limit.take(address, key);
      if (waitS !== null) {
        return { waitS };
      }
      const enrolled = parts.devices.get(device);
      const fits = secretsEqual(hashSecret(secret), enrolled?.secretHash ?? decoyHash);
      if (!fits || enrolled === null) {
        refuse(enrolled === null ? nobody : device, address, enrolled === null ? undefined : device);
        throw new AppError("HC_GATEWAY_WRONG_SECRET");
      }
      limit.succeed(address, key);
      return { token: tokens.issue({ sub: device, sid: enrolled.generation, kind: "device" }) };
    },
  };
}

/**
 * Makes the one check of an account's password, for signing in and for changing it: limited, recorded when it fails, in the same time for an unknown name.
 * `whenFits` runs in the same step as the verdict: after a pause, however short, the account may be gone or have another password.
 * @throws AppError from the check: HC_GATEWAY_WRONG_LOGIN or HC_GATEWAY_BUSY
 */
export function personCheck(parts: Pick<SignInParts, "accounts" | "audit" | "passwords" | "limit" | "wallMs">) {
  const { accounts, audit, passwords, limit, wallMs } = parts;
  return async <Result>(address: string, user: string, password: string, whenFits: () => Result): Promise<MustWait | Result> => {
    const waitS = limit.take(address, user);
    if (waitS !== null) {
      return { waitS };
    }
    const stored = accounts.passwordHash(user);
    const fits = await passwords.check(password, stored, limit.isOwn(address, user));
    if (fits === null) {
      limit.giveBack(address, user);
      throw new AppError("HC_GATEWAY_BUSY");
    }
    // Asked again: while the check ran, the account may have been removed or given another password.
    if (!fits || accounts.passwordHash(user) !== stored) {
      const subject = stored === null ? nobody : user;
      audit.add({ atMs: wallMs(), kind: "sign-in-refused", actor: nobody, subject, address });
      throw new AppError("HC_GATEWAY_WRONG_LOGIN");
    }
    limit.succeed(address, user);
    return whenFits();
  };
}

/** Makes the function that begins a sign-in and gives its token and cookie. */
function sessionStarter(parts: SignInParts) {
  const { sessions, tokens, wallMs, signInEnded } = parts;
  return (from: Origin, who: { readonly account: string } | { readonly share: Share }): SignedIn => {
    const nowMs = wallMs();
    const value = makeCookie();
    const longestMs = nowMs + sessionLifetimeS * 1000;
    const whose =
      "share" in who
        ? { account: shareAccount(who.share.id), shareId: who.share.id, expiresMs: Math.min(who.share.expiresMs, longestMs) }
        : { account: who.account, expiresMs: longestMs };
    const session = { id: randomUUID(), ...whose, ...hashCookie(value), ...from };
    for (const ended of sessions.add(session, nowMs)) {
      signInEnded(ended.id);
    }
    const kind = "share" in who ? "share" : "user";
    return {
      token: tokens.issue({ sub: session.account, sid: session.id, kind }, session.expiresMs),
      cookie: { value, maxAgeS: Math.ceil((session.expiresMs - nowMs) / 1000) },
    };
  };
}
