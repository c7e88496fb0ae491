import { AppError } from "@helmcast/config";

/** Different files fetched from the engine at the same time: for one viewer, who needs two playlists and what they name; for one camera; and in all, under the 512 connections to the engine. */
const limits = { viewer: 16, camera: 128, all: 384 } as const;

/** Counts what is being fetched, so that nobody takes the way to the engine from the others by asking for what is not there yet. */
export type FetchLimits = {
  /**
   * Counts one more; the answer counts it off again.
   * @throws AppError HC_GATEWAY_BUSY
   */
  enter(viewer: string, camera: string): () => void;
};

/** Starts at nothing. */
export function createFetchLimits(): FetchLimits {
  const viewers = new Map<string, number>();
  const cameras = new Map<string, number>();
  let all = 0;
  const add = (counts: Map<string, number>, key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) {
      counts.delete(key);
    } else {
      counts.set(key, count);
    }
  };
  return {
    enter(viewer, camera) {
      if ((viewers.get(viewer) ?? 0) >= limits.viewer || (cameras.get(camera) ?? 0) >= limits.camera || all >= limits.all) {
        throw new AppError("HC_GATEWAY_BUSY");
      }
      add(viewers, viewer, 1);
      add(cameras, camera, 1);
      all++;
      return () => {
        add(viewers, viewer, -1);
        add(cameras, camera, -1);
        all--;
      };
    },
  };
}
