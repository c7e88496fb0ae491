import { randomBytes } from "node:crypto";
import { AppError, type StreamPath } from "@helmcast/config";
import type { Clock, Log } from "@helmcast/runtime";
import { createWatchTable, type Watch, type WatchEntry, type WatchLimits, watchLimits } from "./watch-table.ts";

/** How long somebody who was kicked is kept out of what they watched, in ms: long enough that a page which tries again by itself does not undo it. */
const keepOutMs = 30_000;

/** What runs in whose name. Every transport tells of what it lets in, and ends it when told to: the one way by which anything is taken back. */
export type Watches = {
  /**
   * Notes that something has begun. `remove` is for its own end, and does nothing after another's.
   * @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS
   */
  add(entry: WatchEntry): { readonly id: string; remove(): void };
  all(): readonly Watch[];
  /** Calls `end()` of all that fit, at once; returns how many. */
  endWhere(test: (watch: Watch) => boolean): number;
  /** Ends one and keeps its sign-in out of its path for 30 s. False when there is none of this id. */
  kick(id: string): boolean;
  /** Transports call it before they let somebody in. @throws AppError HC_GATEWAY_KICKED while the pair is kept out */
  refuseKicked(sid: string, path: StreamPath | null): void;
};

/** An empty list. @param parts.limits tests give smaller ones */
export function createWatches(parts: { readonly clock: Clock; readonly log: Log; readonly limits?: WatchLimits }): Watches {
  const { clock, log } = parts;
  const table = createWatchTable(parts.limits ?? watchLimits);
  const end = (watch: Watch) => {
    try {
      watch.end();
    } catch (error) {
      // The others must end all the same.
      log.error({ err: error, transport: watch.transport }, "something that runs could not be ended");
    }
  };
  return {
    add(entry) {
      const id = randomBytes(12).toString("base64url");
      if (!table.add({ ...entry, id, sinceMs: clock.wallMs() })) {
        throw new AppError("HC_GATEWAY_TOO_MANY_SESSIONS");
      }
      return { id, remove: () => table.remove(id) };
    },
    all: table.all,
    endWhere(test) {
      const ended = table.takeWhere(test);
      ended.forEach(end);
      return ended.length;
    },
    kick(id) {
      const watch = table.kick(id, clock.monotonicMs() + keepOutMs);
      if (watch !== null) {
        end(watch);
      }
      return watch !== null;
    },
    refuseKicked(sid, path) {
      if (table.isKeptOut(sid, path, clock.monotonicMs())) {
        throw new AppError("HC_GATEWAY_KICKED");
      }
    },
  };
}
