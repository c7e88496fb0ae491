import { useEffect } from "preact/hooks";
import { type CameraList, pollUntil } from "../cameras/camera-list.ts";

/** How often the list is asked again while somebody needs it. */
const refreshEveryMs = 4000;

/** Keeps asking for the cameras, at once and then every few seconds, while `wanted` is true and the component stands. */
export function useCameraPolling(list: CameraList, wanted: boolean): void {
  useEffect(() => {
    if (!wanted) {
      return;
    }
    const abort = new AbortController();
    void pollUntil(
      abort.signal,
      () => refreshEveryMs,
      async () => {
        await list.refresh();
      },
    );
    return () => abort.abort();
  }, [list, wanted]);
}
