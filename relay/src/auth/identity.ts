import type { AccessClaims } from "@helmcast/config";
import { everyDevice } from "@helmcast/config";
import type { Accounts } from "../state/accounts.ts";
import type { Devices } from "../state/devices.ts";
import type { Revocations } from "../state/revocations.ts";
import type { Session } from "../state/session-rows.ts";
import type { Sessions } from "../state/sessions.ts";
import type { Share, Shares } from "../state/shares.ts";
import { type CookieStanding, hashCookie, judgeCookie } from "./cookie-rotation.ts";
import type { Holder } from "./permit.ts";
import type { TokenReading, Tokens } from "./tokens.ts";

/**
 * Somebody who proved who they are. `name` is the account, `share:<id>` or the device; `sid` is the sign-in of a person or visitor, or the
 * enrolment (generation) of a device; `expMs` is when the proof ends.
 */
export type Identity = {
  readonly kind: AccessClaims["kind"];
  readonly name: string;
  readonly sid: string;
  readonly expMs: number;
};

/** Why a proof did not count. */
export type ProofFault = Extract<TokenReading, { ok: false }>["reason"];

/** What stands behind a cookie. `standing` says whether its value is due to change. */
export type CookieProof = { readonly identity: Identity; readonly session: Session; readonly standing: CookieStanding };

/** Turns tokens and cookies into identities, and identities into what they may do. Answers from memory, so every request can ask. */
export type Identities = {
  /** Reads an access token; refused also when its sign-in has ended, its account or share link is gone, or its device was enrolled again. */
  fromToken(token: string): { readonly ok: true; readonly identity: Identity } | { readonly ok: false; readonly reason: ProofFault };
  /**
   * The session behind a cookie's value; null when there is none. A value that was replaced long ago ends the whole sign-in.
   * @param address whence it came, for the record
   */
  fromCookie(value: string, address?: string): CookieProof | null;
  /**
   * In what capacity this identity meets a device. A visitor by a share link meets only the link's own device; with `camera` named, only its own camera.
   * Name the camera wherever a camera is what is asked for.
   */
  holderOf(identity: Identity, device: string, camera?: string): Holder | null;
  /** True for an account that runs this relay: it has the role admin on every device. */
  isSiteAdmin(identity: Identity): boolean;
};

/**
 * @param parts.onReuse told of a sign-in of whose cookie two have a copy; it is to be ended at once
 * @param parts.wallMs the wall clock, ms since 1970
 */
export function createIdentities(parts: {
  readonly tokens: Tokens;
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly sessions: Sessions;
  readonly shares: Shares;
  readonly revocations: Revocations;
  readonly wallMs: () => number;
  readonly onReuse?: (session: Session, address: string | undefined) => void;
}): Identities {
  const { tokens, accounts, devices, sessions, shares, revocations, wallMs, onReuse } = parts;
  const liveShare = (shareId: string): Share | null => {
    const share = shares.get(shareId);
    return share !== null && share.expiresMs > wallMs() ? share : null;
  };
  // Asked of the account or link itself too: whoever takes one away cannot forget its sign-ins.
  const isOwned = (session: Session) => (session.shareId === null ? accounts.has(session.account) : liveShare(session.shareId) !== null);
  const isLiveSession = (session: Session) => !revocations.has(session.id) && isOwned(session);
  const isLive = ({ kind, sub, sid }: AccessClaims) => {
    if (kind === "device") {
      return devices.get(sub)?.generation === sid && !revocations.has(sid);
    }
    const session = sessions.byId(sid, wallMs());
    return session !== null && session.account === sub && session.kind === kind && isLiveSession(session);
  };
  const shareOf = (identity: Identity) => {
    const shareId = identity.kind === "share" ? sessions.byId(identity.sid, wallMs())?.shareId : undefined;
    return typeof shareId === "string" ? liveShare(shareId) : null;
  };
  return {
    fromToken(token) {
      const reading = tokens.read(token);
      if (!reading.ok) {
        return reading;
      }
      const { kind, sub, sid, exp } = reading.claims;
      return isLive(reading.claims)
        ? { ok: true, identity: { kind, name: sub, sid, expMs: exp * 1000 } }
        : { ok: false, reason: "invalid" };
    },
    fromCookie(value, address) {
      const { cookieHash, familyHash } = hashCookie(value);
      const nowMs = wallMs();
      const session = sessions.byCookieHash(cookieHash, nowMs) ?? sessions.byFamilyHash(familyHash, nowMs);
      if (session === null || !isLiveSession(session)) {
        return null;
      }
      const standing = judgeCookie(session, cookieHash, nowMs);
      if (standing === "reused") {
        onReuse?.(session, address);
        return null;
      }
      if (standing === "current") {
        sessions.confirm(session.id, nowMs);
      }
      sessions.touch(session.id, nowMs);
      const { kind, account: name, id: sid, expiresMs: expMs } = session;
      return { session, standing, identity: { kind, name, sid, expMs } };
    },
    holderOf(identity, device, camera) {
      if (identity.kind === "device") {
        return identity.name === device ? "self" : null;
      }
      if (identity.kind === "user") {
        return accounts.roleOn(identity.name, device);
      }
      const share = shareOf(identity);
      return share !== null && share.device === device && (camera === undefined || camera === share.camera) ? "share" : null;
    },
    isSiteAdmin: (identity) => identity.kind === "user" && accounts.roleOn(identity.name, everyDevice) === "admin",
  };
}
