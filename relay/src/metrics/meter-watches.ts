import type { Watches } from "../watching/watches.ts";
import type { WatchMeter } from "./meters.ts";

/** The same list, of which each entry's bytes are counted when it ends, however it ends. */
export function meterWatches(watches: Watches, meter: WatchMeter): Watches {
  return {
    ...watches,
    add(entry) {
      let counted = false;
      const countOnce = () => {
        if (!counted) {
          counted = true;
          meter.ended(entry.transport, entry.bytes() ?? 0);
        }
      };
      const added = watches.add({
        ...entry,
        end() {
          countOnce();
          entry.end();
        },
      });
      return {
        id: added.id,
        remove() {
          countOnce();
          added.remove();
        },
      };
    },
  };
}
