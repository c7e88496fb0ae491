import { randomUUID } from "node:crypto";
import { AppError } from "@helmcast/config";
import type { Accounts } from "../state/accounts.ts";
import type { Devices } from "../state/devices.ts";
import type { Session, Sessions } from "../state/sessions.ts";
import type { LoginLimit } from "./login-limit.ts";
import type { Passwords } from "./password.ts";
import { hashSecret, makeSecret, secretsEqual } from "./secrets.ts";
import { sessionLifetimeS } from "./session-cookie.ts";
import type { IssuedToken, Tokens } from "./tokens.ts";

/** A refusal for now: how many seconds to wait. */
export type MustWait = { readonly waitS: number };

/** Signs people and devices in and out. */
export type SignIn = {
  /** @throws AppError HC_GATEWAY_WRONG_LOGIN, the same and after the same time for an unknown name; HC_GATEWAY_BUSY */
  person(from: string, user: string, password: string): Promise<MustWait | { readonly token: IssuedToken; readonly cookie: string }>;
  /** @throws AppError HC_GATEWAY_WRONG_SECRET, the same for a device that is not enrolled */
  device(from: string, device: string, secret: string): MustWait | { readonly token: IssuedToken };
  /** A fresh access token for a running session. */
  renew(session: Session): IssuedToken;
  /** Ends a session; whatever runs in its name is told by `onSessionEnd`. */
  out(sessionId: string): void;
};

/** @param parts.onSessionEnd called with the id of each ended session, after it stopped counting */
export function createSignIn(parts: {
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly limit: LoginLimit;
  readonly wallMs: () => number;
  readonly onSessionEnd: (sessionId: string) => void;
}): SignIn {
  const { accounts, devices, sessions, tokens, passwords, limit, wallMs, onSessionEnd } = parts;
  // Compared against when a device is unknown, so that the answer takes the same road.
  const decoyHash = hashSecret(makeSecret());
  return {
    async person(from, user, password) {
      const waitS = limit.take(from, user);
      if (waitS !== null) {
        return { waitS };
      }
      const fits = await passwords.check(password, accounts.passwordHash(user));
      if (fits === null) {
        throw new AppError("HC_GATEWAY_BUSY");
      }
      if (!fits) {
        throw new AppError("HC_GATEWAY_WRONG_LOGIN");
      }
      limit.succeed(from, user);
      const cookie = makeSecret();
      const nowMs = wallMs();
      const session = { id: randomUUID(), account: user, cookieHash: hashSecret(cookie), expiresMs: nowMs + sessionLifetimeS * 1000 };
      for (const ended of sessions.add(session, nowMs)) {
        onSessionEnd(ended.id);
      }
      return { token: tokens.issue({ sub: user, sid: session.id, kind: "user" }), cookie };
    },
    device(from, device, secret) {
      // A space cannot stand in an account's name, so devices and people never share a bucket.
      const key = `device ${device}`;
      const waitS = limit.take(from, key);
      if (waitS !== null) {
        return { waitS };
      }
      const enrolled = devices.get(device);
      const fits = secretsEqual(hashSecret(secret), enrolled?.secretHash ?? decoyHash);
      if (!fits || enrolled === null) {
        throw new AppError("HC_GATEWAY_WRONG_SECRET");
      }
      limit.succeed(from, key);
      return { token: tokens.issue({ sub: device, sid: enrolled.generation, kind: "device" }) };
    },
    renew: (session) => tokens.issue({ sub: session.account, sid: session.id, kind: "user" }),
    out(sessionId) {
      if (sessions.end(sessionId)) {
        onSessionEnd(sessionId);
      }
    },
  };
}
