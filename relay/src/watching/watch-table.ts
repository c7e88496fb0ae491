import type { StreamPath, Transport } from "@helmcast/config";
import { buildStreamPath } from "@helmcast/config";
import type { Identity } from "../auth/identity.ts";

/** Something that runs in somebody's name, as its transport tells of it. */
export type WatchEntry = {
  readonly kind: Identity["kind"];
  /** The account, `share:<id>`, or the device. */
  readonly name: string;
  /** The sign-in, or the enrolment's generation. */
  readonly sid: string;
  readonly transport: Transport;
  /** What is watched or spoken to; null where it is bound to none. */
  readonly path: StreamPath | null;
  readonly address: string;
  /** Bytes sent so far through the gateway; null where it does not see them. */
  readonly bytes: () => number | null;
  /** Ends it. Called at most once, when the entry is out of the table already; must not wait for anybody. */
  readonly end: () => void;
  /** For entries bound to no path: whether everything that it was let to is still allowed. Without it, or when it cannot say, a change of grants ends the entry. */
  readonly stillAllowed?: () => boolean | undefined;
};

/** An entry in the table. `sinceMs`: ms since 1970. */
export type Watch = WatchEntry & { readonly id: string; readonly sinceMs: number };

/** Bounds of the table. */
export type WatchLimits = {
  /** Entries in all. */
  readonly entries: number;
  /** Entries of one sign-in or enrolment. */
  readonly perSid: number;
  /** Pairs that are kept out at a time; the oldest go first. */
  readonly keptOut: number;
};

/** 500 viewers with a few transports each and air; one person with a dozen cameras on several screens; an hour of somebody's kicking. */
export const watchLimits: WatchLimits = { entries: 5000, perSid: 256, keptOut: 2000 };

/** The table and who is kept out of what. Knows no clock: every time comes from outside, in ms since any one start. */
export type WatchTable = {
  /** False when it is full, altogether or for this sign-in. */
  add(watch: Watch): boolean;
  remove(id: string): void;
  all(): readonly Watch[];
  /** Takes out everything that fits and gives it back. */
  takeWhere(test: (watch: Watch) => boolean): readonly Watch[];
  /** Takes one out and keeps its sign-in out of its path. Null when there is none of this id. */
  kick(id: string, untilMs: number): Watch | null;
  /** True while this sign-in is kept out of this path. */
  isKeptOut(sid: string, path: StreamPath | null, nowMs: number): boolean;
};

/** An empty table. */
export function createWatchTable(limits: WatchLimits = watchLimits): WatchTable {
  const watches = new Map<string, Watch>();
  const perSid = new Map<string, number>();
  const keptOut = new Map<string, number>();
  const take = (id: string): Watch | null => {
    const watch = watches.get(id);
    if (watch === undefined) {
      return null;
    }
    watches.delete(id);
    const left = (perSid.get(watch.sid) ?? 1) - 1;
    if (left > 0) {
      perSid.set(watch.sid, left);
    } else {
      perSid.delete(watch.sid);
    }
    return watch;
  };
  return {
    add(watch) {
      const ofSid = perSid.get(watch.sid) ?? 0;
      if (watches.size >= limits.entries || ofSid >= limits.perSid) {
        return false;
      }
      watches.set(watch.id, watch);
      perSid.set(watch.sid, ofSid + 1);
      return true;
    },
    remove: (id) => void take(id),
    all: () => [...watches.values()],
    takeWhere(test) {
      const taken = [...watches.values()].filter(test);
      taken.forEach((watch) => void take(watch.id));
      return taken;
    },
    kick(id, untilMs) {
      const watch = take(id);
      if (watch !== null) {
        const pair = writePair(watch.sid, watch.path);
        // Put back at the end, so that the first one is always the one that is due first.
        keptOut.delete(pair);
        keptOut.set(pair, untilMs);
        forgetFirst(keptOut, limits.keptOut);
      }
      return watch;
    },
    isKeptOut(sid, path, nowMs) {
      const untilMs = keptOut.get(writePair(sid, path));
      return untilMs !== undefined && nowMs < untilMs;
    },
  };
}

function writePair(sid: string, path: StreamPath | null): string {
  return `${sid} ${path === null ? "" : buildStreamPath(path)}`;
}

function forgetFirst(map: Map<string, number>, max: number): void {
  const [first] = map.keys();
  if (first !== undefined && map.size > max) {
    map.delete(first);
  }
}
