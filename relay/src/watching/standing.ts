import type { Transport } from "@helmcast/config";
import type { Identities } from "../auth/identity.ts";
import { type Action, permit } from "../auth/permit.ts";
import type { Accounts } from "../state/accounts.ts";
import type { Devices } from "../state/devices.ts";
import type { Revocations } from "../state/revocations.ts";
import type { Sessions } from "../state/sessions.ts";
import type { Watch } from "./watch-table.ts";

/** What the matrix is asked for a transport that does more than show something. */
const actions: Partial<Record<Transport, Action>> = { whip: "talk", drive: "write:cmd" };

/** What the state says of what runs. */
export type Standing = {
  /** True while what it runs under lasts: the sign-in with its account, or the enrolment. */
  isSignedIn(watch: Watch): boolean;
  /** True while it is allowed what it does. What is bound to no path answers for itself, and `orElse` counts where it cannot. */
  isAllowed(watch: Watch, orElse: boolean): boolean;
};

/** What {@link createStanding} reads. @param wallMs the wall clock, ms since 1970 */
export type StandingParts = {
  readonly identities: Pick<Identities, "holderOf">;
  readonly accounts: Pick<Accounts, "has">;
  readonly devices: Pick<Devices, "get">;
  readonly sessions: Pick<Sessions, "byId">;
  readonly revocations: Pick<Revocations, "has">;
  readonly wallMs: () => number;
};

/**
 * Reads the standing from memory. A stream lives as long as its sign-in, not as long as the access token that opened it: tokens last ten
 * minutes so that a stolen one dies soon, and a drive of an hour must not break off every ten.
 */
export function createStanding(parts: StandingParts): Standing {
  const { identities, accounts, devices, sessions, revocations, wallMs } = parts;
  return {
    isSignedIn({ kind, name, sid }) {
      if (revocations.has(sid)) {
        return false;
      }
      if (kind === "device") {
        return devices.get(name)?.generation === sid;
      }
      return sessions.byId(sid, wallMs())?.account === name && (kind === "share" || accounts.has(name));
    },
    isAllowed({ kind, name, sid, path, transport, stillAllowed }, orElse) {
      if (path === null) {
        return stillAllowed?.() ?? orElse;
      }
      const identity = { kind, name, sid, expMs: Number.POSITIVE_INFINITY };
      const holder = identities.holderOf(identity, path.device, path.camera);
      return permit(holder, actions[transport] ?? "watch");
    },
  };
}
