import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CameraList } from "../cameras/camera-list.ts";
import { type Poster, PosterBoard } from "../cameras/poster-board.ts";
import { posterLimits } from "../cameras/poster-rules.ts";

/** The still pictures of the listed cameras, and the clock (monotonic milliseconds) that their ages are counted to. */
export type Posters = { readonly board: Signal<PosterBoard | null>; readonly nowMs: Signal<number> };

/** Keeps posters while the component stands; they are given back with it. */
export function usePosters(list: CameraList): Posters {
  const board = useSignal<PosterBoard | null>(null);
  const nowMs = useSignal(performance.now());
  useEffect(() => {
    const opened = new PosterBoard({
      cameras: () => list.state.peek().cameras ?? [],
      fetchFrom: (input, init) => fetch(input, init),
      nowMs: () => performance.now(),
    });
    const timer = setInterval(() => {
      nowMs.value = performance.now();
    }, posterLimits.sayEveryMs);
    opened.open();
    board.value = opened;
    return () => {
      clearInterval(timer);
      opened.close();
      board.value = null;
    };
  }, [list]);
  return { board, nowMs };
}

/** The poster of one camera. */
export function findPoster({ board }: Posters, path: string): Poster | undefined {
  return board.value?.posters.value.get(path);
}
