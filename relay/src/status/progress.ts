import type { Clock, Service } from "@helmcast/runtime";

/** A step that takes longer than this is named, in ms. */
const quietMs = 1000;
/** How often a long step is named again, in ms. */
const repeatMs = 5000;

/** The same service, whose start says what it does once it takes over a second, and goes on saying how long. */
export function withProgress(service: Service, sentence: string, say: (line: string) => void, clock: Clock): Service {
  return {
    name: service.name,
    async start() {
      const startedMs = clock.monotonicMs();
      const speak = () => {
        const tookS = Math.round((clock.monotonicMs() - startedMs) / 1000);
        say(tookS > 1 ? `${sentence} (${tookS} s)` : sentence);
        cancel = clock.after(repeatMs, speak);
      };
      let cancel = clock.after(quietMs, speak);
      try {
        await service.start();
      } finally {
        cancel();
      }
    },
    stop: () => service.stop(),
  };
}
