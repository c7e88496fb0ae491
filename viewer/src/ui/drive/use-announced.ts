import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** A live region that changes faster is unusable with a screen reader, ms. */
const announceEveryMs = 1000;

/** What a live region says: the newest text, changed at most once a second however fast the texts come. */
export function useAnnounced(wanted: string): Signal<string> {
  const said = useSignal("");
  const newest = useRef(wanted);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  newest.current = wanted;
  useEffect(() => {
    if (timer.current === null && wanted !== said.peek()) {
      timer.current = setTimeout(() => {
        timer.current = null;
        said.value = newest.current;
      }, announceEveryMs);
    }
  }, [wanted]);
  useEffect(
    () => () => {
      if (timer.current !== null) {
        clearTimeout(timer.current);
      }
    },
    [],
  );
  return said;
}
