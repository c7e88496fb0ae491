import type { Clock, Service } from "@helmcast/runtime";
import type { Revoker } from "../admin/revoker.ts";
import type { DeviceStreams } from "./device-streams.ts";
import type { Standing } from "./standing.ts";
import type { Watches } from "./watches.ts";

/** How often everything that runs is looked through, in ms: what ends by time alone (a sign-in, a share link) ends within a second too. */
const sweepEveryMs = 500;

/** What the revoker is made of. */
export type RevokerParts = {
  readonly watches: Pick<Watches, "endWhere">;
  readonly standing: Standing;
  readonly streams: DeviceStreams;
  readonly clock: Clock;
};

/**
 * Takes back what was given. Call it after the state says no: then nothing can begin again in between. Nothing here waits: entries are out of
 * the list when a call returns, and the engine is told on the side.
 */
export function createRevoker(parts: RevokerParts): Revoker & Service {
  const { watches, standing, streams, clock } = parts;
  let cancel: () => void = () => undefined;
  const planSweep = () => {
    cancel = clock.after(
      sweepEveryMs,
      () => {
        watches.endWhere((watch) => !standing.isSignedIn(watch) || !standing.isAllowed(watch, true));
        planSweep();
      },
      true,
    );
  };
  return {
    name: "revoker",
    signInEnded: (sid) => void watches.endWhere((watch) => watch.kind !== "device" && watch.sid === sid),
    accountChanged: (name) =>
      void watches.endWhere(
        (watch) => watch.kind === "user" && watch.name === name && (!standing.isSignedIn(watch) || !standing.isAllowed(watch, false)),
      ),
    deviceRemoved(id, generation) {
      // Its own connections, and all that people watch and say there: with its stream gone nothing of it may play on from a cache.
      watches.endWhere((watch) => (watch.kind === "device" ? watch.name === id && watch.sid === generation : watch.path?.device === id));
      streams.endDevice(id);
    },
    shareRemoved: (id) => void watches.endWhere((watch) => watch.kind === "share" && watch.name === `share:${id}`),
    async start() {
      planSweep();
      streams.start();
    },
    async stop() {
      cancel();
      streams.stop();
    },
  };
}
