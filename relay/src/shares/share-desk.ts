import { randomUUID } from "node:crypto";
import { AppError, maxShareLifetimeS, parseStreamPath, type ShareInfo, type StreamPath } from "@helmcast/config";
import type { Actor } from "../admin/actor.ts";
import { createRecord } from "../admin/record.ts";
import type { Revoker } from "../admin/revoker.ts";
import { hashSecret, makeSecret } from "../auth/secrets.ts";
import { nameShare, type Share } from "../state/shares.ts";
import type { State } from "../state/state.ts";

/** A link to make: one camera, until a time in ms since 1970. */
export type NewShare = { readonly path: StreamPath; readonly label: string; readonly expiresMs: number };

/** Everything that is done with share links. Who may is asked by the caller, by a link's device. */
export type ShareDesk = {
  /** Newest first, those of the devices that `mayManage` names. Ended links are not in it. */
  list(mayManage: (device: string) => boolean): readonly ShareInfo[];
  /** The device of a link; null when there is no such link, or it has ended. */
  deviceOf(id: string): string | null;
  /** Makes a link. `secret` is told this once. @throws AppError HC_GATEWAY_BAD_BODY for a wrong end, HC_GATEWAY_LIMIT */
  add(share: NewShare, by: Actor): { readonly share: ShareInfo; readonly secret: string };
  /** Takes a link back: first nobody gets in by it any more, then whoever is in is cut off. False when there is none. */
  remove(id: string, by: Actor): boolean;
  /** Ends the links whose time has come, in the same order; gives the next end in ms since 1970, null when none is left. */
  endExpired(): number | null;
};

/** What {@link ShareDesk} is made of. */
export type ShareDeskParts = Pick<State, "shares" | "sessions" | "audit"> & {
  readonly revoker: Pick<Revoker, "shareRemoved">;
  /** How many look through a link now. */
  readonly countWatching: (shareId: string) => number;
  /** The wall clock, ms since 1970. */
  readonly wallMs: () => number;
  /** Called when the next end may have changed. */
  readonly onChange: () => void;
};

/** Share links over the state. */
export function createShareDesk(parts: ShareDeskParts): ShareDesk {
  const { shares, sessions, revoker, countWatching, wallMs, onChange } = parts;
  const record = createRecord(parts.audit, wallMs);
  const describe = (share: Share) => describeShare(share, countWatching(share.id));
  const end = (id: string) => {
    // Before the link itself, with which its sign-ins would vanish from the file without their tokens being refused by name.
    sessions.endShare(id);
    const wasThere = shares.remove(id);
    revoker.shareRemoved(id);
    return wasThere;
  };
  const isLive = (share: Share) => share.expiresMs > wallMs();
  return {
    list: (mayManage) =>
      shares
        .list()
        .filter((share) => isLive(share) && mayManage(share.device))
        .map(describe),
    deviceOf(id) {
      const share = shares.get(id);
      return share !== null && isLive(share) ? share.device : null;
    },
    add({ path, label, expiresMs }, by) {
      const nowMs = wallMs();
      refuseBadEnd(expiresMs, nowMs);
      const secret = makeSecret();
      const share: Share = {
        id: randomUUID(),
        secretHash: hashSecret(secret),
        device: path.device,
        camera: path.camera,
        label,
        createdBy: by.name,
        createdMs: nowMs,
        expiresMs,
      };
      shares.add(share);
      record("share-made", by, nameShare(share), path.device);
      onChange();
      return { share: describe(share), secret };
    },
    remove(id, by) {
      const share = shares.get(id);
      if (share === null || !isLive(share)) {
        return false;
      }
      record("share-revoked", by, nameShare(share), share.device);
      return end(id);
    },
    endExpired() {
      const all = shares.list();
      all.filter((share) => !isLive(share)).forEach(({ id }) => void end(id));
      const ends = all.filter(isLive).map(({ expiresMs }) => expiresMs);
      return ends.length === 0 ? null : Math.min(...ends);
    },
  };
}

/** The camera that a request names. @throws AppError HC_GATEWAY_CAMERA_UNKNOWN for what is no name of one */
export function readCamera(text: string): StreamPath {
  const path = parseStreamPath(text);
  if (path === null) {
    throw new AppError("HC_GATEWAY_CAMERA_UNKNOWN");
  }
  return path;
}

function refuseBadEnd(expiresMs: number, nowMs: number): void {
  if (expiresMs <= nowMs) {
    throw new AppError("HC_GATEWAY_BAD_BODY", { detail: "Field expiresAt: this time is over." });
  }
  if (expiresMs > nowMs + maxShareLifetimeS * 1000) {
    throw new AppError("HC_GATEWAY_BAD_BODY", { detail: "Field expiresAt: a share link is good for a year at most." });
  }
}

function describeShare(share: Share, watching: number): ShareInfo {
  const { id, device, camera, label, createdBy, createdMs, expiresMs } = share;
  return {
    id,
    camera: `${device}/${camera}`,
    label,
    createdBy,
    watching,
    createdAt: new Date(createdMs).toISOString(),
    expiresAt: new Date(expiresMs).toISOString(),
  };
}
