import type { Clock } from "@helmcast/runtime";
import type { EngineStream } from "./registry.ts";

/** How long one look at the engine serves all who ask, in ms. */
const keepMs = 500;

/** The engine's streams, asked for only when somebody wants to know, and then once for all. */
export type EngineStreams = { current(): Promise<readonly EngineStream[]> };

/** @param listPaths asks the engine; while it fails, no stream counts as online */
export function createEngineStreams(listPaths: () => Promise<readonly EngineStream[]>, clock: Pick<Clock, "monotonicMs">): EngineStreams {
  let last: { readonly atMs: number; readonly streams: Promise<readonly EngineStream[]> } | null = null;
  return {
    current() {
      if (last === null || clock.monotonicMs() - last.atMs > keepMs) {
        // Kept as a promise, so that those who ask while it runs wait for the same look.
        last = { atMs: clock.monotonicMs(), streams: listPaths().catch(() => []) };
      }
      return last.streams;
    },
  };
}
