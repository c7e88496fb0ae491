import type { AccessClaims } from "@helmcast/config";
import type { Accounts } from "../state/accounts.ts";
import type { Devices } from "../state/devices.ts";
import type { Session, Sessions } from "../state/sessions.ts";
import type { Holder } from "./permit.ts";
import { hashSecret } from "./secrets.ts";
import type { TokenReading, Tokens } from "./tokens.ts";

/** Somebody who proved who they are. `sid` is the sign-in of a person or the enrolment of a device; `expMs` is when the proof ends. */
export type Identity = {
  readonly kind: AccessClaims["kind"];
  readonly name: string;
  readonly sid: string;
  readonly expMs: number;
};

/** Why a proof did not count. */
export type ProofFault = Extract<TokenReading, { ok: false }>["reason"];

/** Turns tokens and cookies into identities, and identities into what they may do. Answers from memory, so every request can ask. */
export type Identities = {
  /** Reads an access token; refused also when its sign-in has ended or its device was enrolled again. */
  fromToken(token: string): { readonly ok: true; readonly identity: Identity } | { readonly ok: false; readonly reason: ProofFault };
  /** The session behind a cookie's value; null when there is none. */
  fromCookie(value: string): { readonly identity: Identity; readonly session: Session } | null;
  /** In what capacity this identity meets a device. */
  holderOf(identity: Identity, device: string): Holder | null;
};

/** @param wallMs the wall clock, ms since 1970 */
export function createIdentities(parts: {
  readonly tokens: Tokens;
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly sessions: Sessions;
  readonly wallMs: () => number;
}): Identities {
  const { tokens, accounts, devices, sessions, wallMs } = parts;
  const isLive = (claims: AccessClaims) =>
    claims.kind === "device"
      ? devices.get(claims.sub)?.generation === claims.sid
      : sessions.byId(claims.sid, wallMs())?.account === claims.sub;
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
    fromCookie(value) {
      const session = sessions.byCookieHash(hashSecret(value), wallMs());
      return session === null
        ? null
        : { session, identity: { kind: "user", name: session.account, sid: session.id, expMs: session.expiresMs } };
    },
    holderOf(identity, device) {
      if (identity.kind === "device") {
        return identity.name === device ? "self" : null;
      }
      return accounts.roleOn(identity.name, device);
    },
  };
}
