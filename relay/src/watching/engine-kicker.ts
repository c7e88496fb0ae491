import type { Clock, Log } from "@helmcast/runtime";

/** Kicks under way at a time. An engine that takes 200 ms for each still ends 300 sessions in 0.6 s. */
const maxKicksAtOnce = 100;
/** Kicks that wait; as many as there can be sessions. More are left to the sweeps. */
const maxWaiting = 5000;
/** Tries for one session, and the pause between them, in ms: an engine that restarts has lost its sessions by then. */
const maxTries = 4;
const retryMs = 250;

/** Cuts sessions at the engine, many at a time. */
export type EngineKicker = {
  /** Has a session cut. Returns at once; a failed try is repeated. */
  kick(id: string): void;
  /** Gives up what waits. */
  stop(): void;
};

type Order = { readonly id: string; tries: number };

/**
 * A kicker over one call of the engine's API. Denying never waits for it.
 * @param parts.cut cuts one session; false when it was gone already
 */
export function createEngineKicker(parts: {
  readonly cut: (id: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}): EngineKicker {
  const { cut, clock, log } = parts;
  const waiting: Order[] = [];
  const pauses = new Set<() => void>();
  let running = 0;
  let stopped = false;

  const retry = (order: Order) => {
    const cancel = clock.after(
      retryMs,
      () => {
        pauses.delete(cancel);
        waiting.push(order);
        pump();
      },
      true,
    );
    pauses.add(cancel);
  };
  const run = async (order: Order) => {
    order.tries++;
    try {
      await cut(order.id);
    } catch (error) {
      if (order.tries < maxTries && !stopped) {
        retry(order);
      } else {
        log.warn({ err: error }, "a session could not be cut at the engine");
      }
    }
    running--;
    pump();
  };
  const pump = () => {
    while (running < maxKicksAtOnce && waiting.length > 0) {
      const order = waiting.shift();
      if (order !== undefined) {
        running++;
        void run(order);
      }
    }
  };
  return {
    kick(id) {
      if (stopped || waiting.length >= maxWaiting) {
        return;
      }
      waiting.push({ id, tries: 0 });
      pump();
    },
    stop() {
      stopped = true;
      waiting.length = 0;
      pauses.forEach((cancel) => void cancel());
      pauses.clear();
    },
  };
}
