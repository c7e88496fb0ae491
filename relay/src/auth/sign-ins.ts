import { AppError, everyDevice, type SessionReply, type SignInInfo } from "@helmcast/config";
import type { Session } from "../state/session-rows.ts";
import { hashCookie, isRotationDue, nextCookie } from "./cookie-rotation.ts";
import type { CookieProof, Identity } from "./identity.ts";
import { type MustWait, personCheck, type SignedIn, type SignInParts } from "./sign-in.ts";

/** What those who are signed in do with their sign-ins. */
export type SignIns = {
  /** A fresh access token for the sign-in behind a cookie, and another value for the cookie when it is due. */
  renew(value: string, proof: CookieProof): SignedIn;
  /** Who is signed in, as their page needs to know. */
  describe(session: Session): Pick<SessionReply, "kind" | "user" | "admin" | "manages" | "camera" | "untilAt">;
  /** The account's sign-ins, newest first. */
  list(identity: Identity): readonly SignInInfo[];
  /** Ends one's own sign-in. */
  out(identity: Identity, address: string): void;
  /** Ends every sign-in of one's account. */
  outEverywhere(identity: Identity, address: string): void;
  /** Ends one sign-in of one's account. False when there is none of this id. */
  endOne(identity: Identity, id: string, address: string): boolean;
  /**
   * Changes one's own password and ends the account's other sign-ins. Null when that is done.
   * @throws AppError HC_GATEWAY_WRONG_LOGIN for a wrong current password, HC_GATEWAY_BUSY
   */
  changePassword(identity: Identity, address: string, current: string, next: string): Promise<MustWait | null>;
  /** Ends a sign-in of whose cookie two have a copy. */
  endReused(session: Session, address: string | undefined): void;
};

/** Sign-ins over the state. */
export function createSignIns(parts: SignInParts): SignIns {
  const { accounts, sessions, audit, wallMs, signInEnded } = parts;
  const checkPerson = personCheck(parts);
  const record = (kind: "signed-out" | "password-changed" | "cookie-reused", actor: string, address: string | undefined) =>
    audit.add({ atMs: wallMs(), kind, actor, subject: actor, address });
  const end = (id: string) => {
    const ended = sessions.end(id);
    if (ended) {
      signInEnded(id);
    }
    return ended;
  };
  return {
    renew: renewer(parts),
    describe: describer(parts),
    list: (identity) => sessions.ofAccount(identity.name, wallMs()).map((session) => toInfo(session, identity.sid)),
    out(identity, address) {
      if (end(identity.sid)) {
        record("signed-out", identity.name, address);
      }
    },
    outEverywhere(identity, address) {
      for (const { id } of sessions.endAll(identity.name)) {
        signInEnded(id);
      }
      record("signed-out", identity.name, address);
    },
    endOne(identity, id, address) {
      const own = sessions.byId(id, wallMs())?.account === identity.name && end(id);
      if (own) {
        record("signed-out", identity.name, address);
      }
      return own;
    },
    async changePassword(identity, address, current, next) {
      const checked = await checkPerson(address, identity.name, current, () => ({ stored: accounts.passwordHash(identity.name) }));
      if ("waitS" in checked) {
        return checked;
      }
      const hash = await parts.passwords.hash(next);
      if (hash === null) {
        throw new AppError("HC_GATEWAY_BUSY");
      }
      // While the new hash was made, an administrator may have set another password, removed the account, or ended this sign-in.
      if (accounts.passwordHash(identity.name) !== checked.stored || sessions.byId(identity.sid, wallMs()) === null) {
        throw new AppError("HC_GATEWAY_WRONG_LOGIN");
      }
      // The others first: were this process killed in between, they would outlive the password that they stand for.
      for (const { id } of sessions.ofAccount(identity.name, wallMs())) {
        if (id !== identity.sid) {
          end(id);
        }
      }
      accounts.put(identity.name, hash, wallMs());
      record("password-changed", identity.name, address);
      return null;
    },
    endReused(session, address) {
      if (end(session.id)) {
        record("cookie-reused", session.account, address);
      }
    },
  };
}

function renewer({ sessions, tokens, wallMs }: SignInParts): SignIns["renew"] {
  return (value, { session, standing }) => {
    const nowMs = wallMs();
    const { account: sub, id: sid, kind, expiresMs } = session;
    const token = tokens.issue({ sub, sid, kind }, expiresMs);
    if (!isRotationDue(session, standing, nowMs)) {
      return { token, cookie: null };
    }
    const next = nextCookie(value);
    sessions.rotate(sid, hashCookie(next).cookieHash, nowMs, hashCookie(value).cookieHash);
    return { token, cookie: { value: next, maxAgeS: Math.ceil((expiresMs - nowMs) / 1000) } };
  };
}

function describer({ accounts, shares }: SignInParts): SignIns["describe"] {
  return ({ kind, account, shareId }) => {
    const share = shareId === null ? null : shares.get(shareId);
    const manages = kind === "user" ? accounts.grantsOf(account).filter(({ role }) => role === "admin") : [];
    return {
      kind,
      user: account,
      admin: kind === "user" && accounts.roleOn(account, everyDevice) === "admin",
      manages: manages.map(({ device }) => device),
      camera: share === null ? null : `${share.device}/${share.camera}`,
      untilAt: share === null ? null : toIso(share.expiresMs),
    };
  };
}

function toInfo(session: Session, currentId: string): SignInInfo {
  const { id, createdMs, lastSeenMs, expiresMs, userAgent, address } = session;
  const times = { createdAt: toIso(createdMs), lastSeenAt: toIso(lastSeenMs), expiresAt: toIso(expiresMs) };
  return { id, current: id === currentId, ...times, userAgent, address };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
