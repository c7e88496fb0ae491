/** Whatever was started and has to be ended, also after a failure or a signal. */
export type Cleanup = {
  /** Adds a way to end something; the answer ends it early, once. */
  add(end: () => Promise<void>): () => Promise<void>;
  /** Ends everything that is left, the newest first. */
  run(): Promise<void>;
};

/** Makes an empty list. */
export function createCleanup(): Cleanup {
  const open = new Set<() => Promise<void>>();
  return {
    add: (end) => {
      let ended: Promise<void> | null = null;
      const once = (): Promise<void> => {
        ended ??= end().finally(() => open.delete(once));
        return ended;
      };
      open.add(once);
      return once;
    },
    run: async () => {
      for (const end of [...open].reverse()) {
        await end().catch(() => undefined);
      }
    },
  };
}
