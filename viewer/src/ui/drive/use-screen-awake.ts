import { useEffect } from "preact/hooks";

/** Keeps the screen on while somebody drives. A browser that cannot, or may not, leaves it as it is. */
export function useScreenAwake(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) {
      return;
    }
    const abort = new AbortController();
    let held: WakeLockSentinel | null = null;
    const hold = async (): Promise<void> => {
      const lock = document.visibilityState === "visible" ? await navigator.wakeLock.request("screen").catch(() => null) : null;
      if (abort.signal.aborted) {
        await lock?.release();
        return;
      }
      held = lock ?? held;
    };
    // The browser takes it away with each hiding of the page.
    document.addEventListener("visibilitychange", () => void hold(), { signal: abort.signal });
    void hold();
    return () => {
      abort.abort();
      void held?.release();
    };
  }, [wanted]);
}
