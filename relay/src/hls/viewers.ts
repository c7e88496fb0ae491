import type { ServerResponse } from "node:http";
import { AppError, buildStreamPath, type StreamPath } from "@helmcast/config";
import type { Clock } from "@helmcast/runtime";
import type { Identity } from "../auth/identity.ts";

/** A viewer who asked for nothing for so long is gone, in ms; a player asks several times in a second, and hls.js retries after some seconds. */
const goneAfterMs = 10_000;
/** How often the table is looked through, in ms. */
const sweepEveryMs = 2_000;
/**
 * How long a visitor may take to read one answer, in ms. Who needs longer for a second of picture cannot watch it anyway, and until then the
 * answer's bytes, which all viewers share, stay in memory.
 */
const maxReadMs = 20_000;

/**
 * Answers under way for all viewers together: `most` leaves some 500 of the listener's connections to everything else. While fewer than
 * `plenty` are under way nobody is counted; from there on each viewer gets `each`, of which a player needs about four, so that nobody can
 * take the places of the others by waiting often for the same playlist.
 */
const places = { most: 3000, plenty: 1500, each: 32 } as const;

const never = Number.POSITIVE_INFINITY;

/** What of the book of all that runs is needed here. */
export type ViewerBook = {
  /** @throws AppError HC_GATEWAY_TOO_MANY_SESSIONS */
  add(entry: {
    readonly kind: Identity["kind"];
    readonly name: string;
    readonly sid: string;
    readonly transport: "hls";
    readonly path: StreamPath;
    readonly address: string;
    readonly bytes: () => number;
    readonly end: () => void;
  }): { remove(): void };
  /** @throws AppError HC_GATEWAY_KICKED while this sign-in is kept out of this camera */
  refuseKicked(sid: string, path: StreamPath): void;
};

/** One request of a viewer. */
export type HlsVisit = {
  /** Names the viewer: the sign-in and the camera. */
  readonly viewer: string;
  /** To be told when the answer went out: from now on the visitor has 20 s to read it. */
  sent(bytes: number): void;
};

/** Who watches which camera over HLS. It has no connection of its own, so a viewer is whoever asked lately. */
export type HlsViewers = {
  /**
   * Notes a request, after the visitor was let in.
   * @throws AppError HC_GATEWAY_KICKED, HC_GATEWAY_TOO_MANY_SESSIONS or HC_GATEWAY_BUSY
   */
  visit(identity: Identity, path: StreamPath, address: string, response: ServerResponse): HlsVisit;
  /** Forgets everybody and cuts what is being answered. */
  stop(): void;
};

type Viewer = {
  /** Answers under way, and since when the visitor has the whole of it to read; never, for one that is still waited for. */
  readonly open: Map<ServerResponse, number>;
  bytes: number;
  seenMs: number;
  leave: () => void;
};

function refuseCrowd(underWay: number, ofViewer: number): void {
  if (underWay >= places.most || (underWay >= places.plenty && ofViewer >= places.each)) {
    throw new AppError("HC_GATEWAY_BUSY");
  }
}

/** Cuts the answers that the visitor has had whole since `sinceMs` or before; since `never`: all of them. */
function cut(viewer: Viewer, sinceMs: number): void {
  for (const [response, sentMs] of [...viewer.open]) {
    if (sentMs <= sinceMs) {
      response.destroy();
    }
  }
}

/** Makes an empty table. Its one timer runs only while somebody watches. */
export function createHlsViewers({ book, clock }: { readonly book: ViewerBook; readonly clock: Clock }): HlsViewers {
  const viewers = new Map<string, Viewer>();
  let cancelSweep: (() => void) | null = null;
  let underWay = 0;
  const forget = (key: string, viewer: Viewer) => {
    if (viewers.get(key) === viewer) {
      viewers.delete(key);
      viewer.leave();
    }
  };
  const end = (key: string, viewer: Viewer) => {
    forget(key, viewer);
    cut(viewer, never);
  };
  const sweep = () => {
    const nowMs = clock.monotonicMs();
    for (const [key, viewer] of [...viewers]) {
      cut(viewer, nowMs - maxReadMs);
      if (viewer.open.size === 0 && nowMs - viewer.seenMs >= goneAfterMs) {
        forget(key, viewer);
      }
    }
    cancelSweep = viewers.size === 0 ? null : clock.after(sweepEveryMs, sweep, true);
  };
  const enter = (key: string, { kind, name, sid }: Identity, path: StreamPath, address: string): Viewer => {
    const viewer: Viewer = { open: new Map(), bytes: 0, seenMs: 0, leave: () => undefined };
    const line = book.add({
      kind,
      name,
      sid,
      transport: "hls",
      path,
      address,
      bytes: () => viewer.bytes,
      end: () => end(key, viewer),
    });
    viewer.leave = () => line.remove();
    viewers.set(key, viewer);
    cancelSweep ??= clock.after(sweepEveryMs, sweep, true);
    return viewer;
  };
  return {
    visit(identity, path, address, response) {
      book.refuseKicked(identity.sid, path);
      const key = `${identity.sid} ${buildStreamPath(path)}`;
      const known = viewers.get(key);
      refuseCrowd(underWay, known?.open.size ?? 0);
      const viewer = known ?? enter(key, identity, path, address);
      viewer.seenMs = clock.monotonicMs();
      // Of one that is over already no end would be told, and its place would never come free.
      if (!response.destroyed) {
        viewer.open.set(response, never);
        underWay++;
        response.once("close", () => {
          underWay--;
          viewer.open.delete(response);
          viewer.seenMs = clock.monotonicMs();
        });
      }
      return {
        viewer: key,
        sent(bytes) {
          viewer.bytes += bytes;
          if (viewer.open.has(response)) {
            viewer.open.set(response, clock.monotonicMs());
          }
        },
      };
    },
    stop() {
      cancelSweep?.();
      cancelSweep = null;
      for (const [key, viewer] of [...viewers]) {
        end(key, viewer);
      }
    },
  };
}
